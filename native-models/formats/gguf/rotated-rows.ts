import type { DecoderConfig } from '../../families/decoder-config.ts';

/** Heads of a tensor whose rows llama.cpp wants interleaved; `null` for every other tensor. */
export function rotatedHeads(name: string, config: DecoderConfig): number | null {
  if (!config.gguf.pairsRotatedRows) return null;
  return /q_proj\.(weight|bias)$/.test(name)
    ? config.heads
    : /k_proj\.(weight|bias)$/.test(name)
      ? config.keyValueHeads
      : null;
}

/**
 * The rows of a q_proj or k_proj weight or bias, each head's two halves interleaved: row `half · headDim/2 + i` goes to
 * `2i + half` (convert_hf_to_gguf.py, `LlamaModel.permute`). `rowBytes` is the length of a row.
 */
export function interleaveHalves(bytes: Uint8Array, heads: number, rowBytes: number): Uint8Array {
  return moveRows(
    bytes,
    heads,
    rowBytes,
    (pair, half) => 2 * pair + half,
    (pair, half, pairs) => half * pairs + pair,
  );
}

/** The inverse of {@link interleaveHalves}. */
export function separateHalves(bytes: Uint8Array, heads: number, rowBytes: number): Uint8Array {
  return moveRows(
    bytes,
    heads,
    rowBytes,
    (pair, half, pairs) => half * pairs + pair,
    (pair, half) => 2 * pair + half,
  );
}

type RowOf = (pair: number, half: number, pairs: number) => number;

function moveRows(bytes: Uint8Array, heads: number, rowBytes: number, to: RowOf, from: RowOf): Uint8Array {
  const moved = new Uint8Array(bytes.length);
  const headRows = bytes.length / rowBytes / heads;
  const pairs = headRows / 2;
  for (let head = 0; head < heads; head++) {
    for (let pair = 0; pair < pairs; pair++) {
      for (const half of [0, 1]) {
        const source = (head * headRows + from(pair, half, pairs)) * rowBytes;
        moved.set(bytes.subarray(source, source + rowBytes), (head * headRows + to(pair, half, pairs)) * rowBytes);
      }
    }
  }
  return moved;
}
