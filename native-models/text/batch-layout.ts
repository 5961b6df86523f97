import { badInput } from '../failure.ts';
import { largestOf } from '../extremes.ts';

/** A prompt and the responses that follow it in one block; each response sees the prompt and itself only. */
export interface Block {
  readonly promptIds: readonly number[];
  readonly responses: readonly BlockResponse[];
}

export interface BlockResponse {
  readonly ids: readonly number[];
  /** 1 chosen, 2 rejected; 0 is the prompt. */
  readonly branch: 1 | 2;
  /** Which sum its log-probabilities go into. */
  readonly sequence: number;
}

/** How blocks become rows. */
export interface LayoutOptions {
  /**
   * The number of response rows is made a multiple of this, so that the head can be computed in so many equal chunks.
   */
  readonly headChunks?: number;
  /** Row length is made a multiple of this. */
  readonly padTo?: number;
  /** Puts several blocks into a row while they fit into so many tokens; without it each block is a row. */
  readonly rowTokens?: number;
  readonly paddingSide?: 'right' | 'left';
}

/** Rows of tokens as the engine's graph takes them. All integers are int64; B rows, T tokens a row, R response rows. */
export interface BatchLayout {
  readonly rows: number;
  readonly rowLength: number;
  /** [B, T]; 0 in padding. */
  readonly tokens: BigInt64Array;
  /** [B, T]; each block starts at 0, each response right after its prompt; 0 in padding. */
  readonly positions: BigInt64Array;
  /** [B, T]; the block's number within its row, -1 in padding. */
  readonly document: BigInt64Array;
  /** [B, T]; 0 prompt, 1 chosen, 2 rejected; 0 in padding. */
  readonly branch: BigInt64Array;
  /** R, padded to a multiple of `headChunks`. */
  readonly responseCount: number;
  /** [R]; b * T + t of the hidden state that predicts the response token; 0 in padding. */
  readonly responseRows: BigInt64Array;
  /** [R]; the response token; 0 in padding. */
  readonly targets: BigInt64Array;
  /** [2, B * T]; up to two response rows that read this position, R for none. */
  readonly rowUse: BigInt64Array;
  /** Tokens that are not padding. */
  readonly tokenCount: number;
  /** [R]; the sequence each response row belongs to, -1 in padding. */
  readonly sequenceOf: Int32Array;
}

/** Lays blocks out in rows. Throws `prompt-empty` for a block without a prompt. */
export function layOutBatch(blocks: readonly Block[], options: LayoutOptions = {}): BatchLayout {
  const { headChunks = 1, padTo = 1, rowTokens = 0, paddingSide = 'right' } = options;
  const packed = packRows(blocks, rowTokens);
  const rows = packed.length;
  const rowLength = roundUp(
    largestOf(
      packed.map((row) => row.length),
      1,
    ),
    padTo,
  );
  const cells = rows * rowLength;
  const tokens = new BigInt64Array(cells);
  const positions = new BigInt64Array(cells);
  const document = new BigInt64Array(cells).fill(-1n);
  const branch = new BigInt64Array(cells);
  const reads: { readonly row: number; readonly target: number; readonly sequence: number }[] = [];

  const place = (cell: number, token: number, position: number, blockInRow: number, branchId: number): void => {
    tokens[cell] = BigInt(token);
    positions[cell] = BigInt(position);
    document[cell] = BigInt(blockInRow);
    branch[cell] = BigInt(branchId);
  };
  packed.forEach((row, rowIndex) => {
    let cell = rowIndex * rowLength + (paddingSide === 'left' ? rowLength - row.length : 0);
    row.blocks.forEach(({ promptIds, responses }, blockInRow) => {
      promptIds.forEach((token, position) => place(cell++, token, position, blockInRow, 0));
      const lastPrompt = cell - 1;
      for (const { ids, branch: branchId, sequence } of responses) {
        ids.forEach((token, index) => {
          reads.push({ row: index === 0 ? lastPrompt : cell - 1, target: token, sequence });
          place(cell++, token, promptIds.length + index, blockInRow, branchId);
        });
      }
    });
  });

  const responseCount = roundUp(reads.length, headChunks);
  const responseRows = new BigInt64Array(responseCount);
  const targets = new BigInt64Array(responseCount);
  const sequenceOf = new Int32Array(responseCount).fill(-1);
  const rowUse = new BigInt64Array(2 * cells).fill(BigInt(responseCount));
  reads.forEach(({ row, target, sequence }, index) => {
    responseRows[index] = BigInt(row);
    targets[index] = BigInt(target);
    sequenceOf[index] = sequence;
    const free = rowUse[row] === BigInt(responseCount) ? row : cells + row;
    rowUse[free] = BigInt(index);
  });
  const tokenCount = packed.reduce((sum, row) => sum + row.length, 0);
  return {
    rows,
    rowLength,
    tokens,
    positions,
    document,
    branch,
    responseCount,
    responseRows,
    targets,
    rowUse,
    tokenCount,
    sequenceOf,
  };
}

/**
 * A [sequences, R] float32 matrix with a one where the response row belongs to the sequence: its product with
 * log-probabilities sums them.
 */
export function sumMatrix(layout: BatchLayout, sequences: readonly number[]): Float32Array {
  const matrix = new Float32Array(sequences.length * layout.responseCount);
  sequences.forEach((sequence, row) => {
    layout.sequenceOf.forEach((owner, column) => {
      if (owner === sequence) matrix[row * layout.responseCount + column] = 1;
    });
  });
  return matrix;
}

interface PackedRow {
  readonly blocks: Block[];
  length: number;
}

function packRows(blocks: readonly Block[], rowTokens: number): PackedRow[] {
  const packed: PackedRow[] = [];
  for (const block of blocks) {
    if (block.promptIds.length === 0)
      throw badInput(
        'prompt-empty',
        'A prompt has no tokens, so nothing predicts the first token of its answer. Remove the row, or give ' +
          'it a prompt.',
      );
    const length = block.responses.reduce((sum, { ids }) => sum + ids.length, block.promptIds.length);
    const open = packed.find((row) => row.length + length <= rowTokens);
    if (open) {
      open.blocks.push(block);
      open.length += length;
    } else {
      packed.push({ blocks: [block], length });
    }
  }
  return packed;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
