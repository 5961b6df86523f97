import { layOutBatch, sumMatrix, type BatchLayout, type Block, type LayoutOptions } from './batch-layout.ts';
import type { EncodedPair, EncodedSequence } from './encode-pair.ts';

/** Pairs laid out for the graph, with the matrices that sum response log-probabilities for each of P pairs. */
export interface PairBatch extends BatchLayout {
  readonly pairs: number;
  /** [P, R] */
  readonly chosenSum: Float32Array;
  /** [P, R] */
  readonly rejectedSum: Float32Array;
}

/** Sequences laid out for the graph, with the matrix that sums completion log-probabilities for each of S sequences. */
export interface SequenceBatch extends BatchLayout {
  readonly sequences: number;
  /** [S, R] */
  readonly sum: Float32Array;
}

/**
 * Lays pairs out in rows. With `sharedPrefix` a pair is one block [prompt | chosen | rejected], the prompt
 * computed once and both responses right after it in position; without, two blocks [prompt | chosen] and
 * [prompt | rejected]. Response rows come pair by pair, chosen first.
 */
export function collatePairs(
  pairs: readonly Pick<EncodedPair, 'promptIds' | 'chosenIds' | 'rejectedIds'>[],
  options: LayoutOptions & { readonly sharedPrefix: boolean },
): PairBatch {
  const blocks = pairs.flatMap(({ promptIds, chosenIds, rejectedIds }, pair): Block[] => {
    const chosen = { ids: chosenIds, branch: 1, sequence: 2 * pair } as const;
    const rejected = { ids: rejectedIds, branch: 2, sequence: 2 * pair + 1 } as const;
    return options.sharedPrefix
      ? [{ promptIds, responses: [chosen, rejected] }]
      : [
          { promptIds, responses: [chosen] },
          { promptIds, responses: [rejected] },
        ];
  });
  const layout = layOutBatch(blocks, options);
  const numbers = pairs.map((_, pair) => 2 * pair);
  return {
    ...layout,
    pairs: pairs.length,
    chosenSum: sumMatrix(layout, numbers),
    rejectedSum: sumMatrix(
      layout,
      numbers.map((even) => even + 1),
    ),
  };
}

/** Lays prompts with one completion each out in rows, for scoring and for supervised training. */
export function collateSequences(
  sequences: readonly Pick<EncodedSequence, 'promptIds' | 'completionIds'>[],
  options: LayoutOptions = {},
): SequenceBatch {
  const blocks = sequences.map(({ promptIds, completionIds }, sequence): Block => ({
    promptIds,
    responses: [{ ids: completionIds, branch: 1, sequence }],
  }));
  const layout = layOutBatch(blocks, options);
  return { ...layout, sequences: sequences.length, sum: sumMatrix(layout, [...sequences.keys()]) };
}
