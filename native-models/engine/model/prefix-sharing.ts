import type { DecoderConfig } from '../../families/decoder-config.ts';
import { largestOf } from '../../extremes.ts';

interface PairIds {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
}

/**
 * What one attention score costs besides its products, in floating-point operations: mask, softmax and their memory
 * traffic.
 */
const scoreOverhead = 40;

/** Work of `rows` rows of `length` tokens, in floating-point operations of a forward pass without the head. */
function work(config: DecoderConfig, rows: number, length: number): number {
  const { hiddenSize, heads, keyValueHeads, headDim, intermediateSize } = config;
  const linear = 2 * hiddenSize * (2 * heads * headDim + 2 * keyValueHeads * headDim + 3 * intermediateSize);
  const attention = heads * (4 * headDim + scoreOverhead) * length;
  return rows * length * (linear + attention);
}

/**
 * Whether computing each prompt once for both responses is less work than two rows a pair. A row with both responses is
 * longer, and attention grows with its square: with short prompts, long responses and a narrow model two rows win.
 */
export function sharesPrefix(config: DecoderConfig, pairs: readonly PairIds[]): boolean {
  const together = largestOf(
    pairs.map(({ promptIds, chosenIds, rejectedIds }) => promptIds.length + chosenIds.length + rejectedIds.length),
  );
  const apart = largestOf(
    pairs.map(
      ({ promptIds, chosenIds, rejectedIds }) => promptIds.length + Math.max(chosenIds.length, rejectedIds.length),
    ),
  );
  return work(config, pairs.length, together) < work(config, 2 * pairs.length, apart);
}
