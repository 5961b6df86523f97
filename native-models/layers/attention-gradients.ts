import { matmul, reduceSum } from '../graph/contraction.ts';
import { cast, mul, sub } from '../graph/elementwise.ts';
import type { Value } from '../graph/value.ts';
import { capSlope } from './caps.ts';

/** What the backward pass of attention reads, all split by key/value head. */
export interface AttentionPass {
  /** `[batch, keyValueHeads, queries, headDim]` */
  readonly queries: Value;
  /** `[batch, keyValueHeads, keys, headDim]` */
  readonly keys: Value;
  readonly values: Value;
  /** `[batch, keyValueHeads, queries, keys]`, in the element type of the softmax. */
  readonly shares: Value;
  /** What the shares come from, before the bias. */
  readonly scores: Value;
  /** `shares · values`. */
  readonly mixed: Value;
  /** The gradient that arrives at `mixed`. */
  readonly dMixed: Value;
}

/**
 * Gradients of queries, keys and values: `dS = P ⊙ (dP − rowsum(dO ⊙ O))`, the row term taken from the narrow output
 * instead of the wide scores. Gradients of keys sum over the heads that share them, since those are rows of one
 * product.
 */
export function attentionScoreGradients(
  { queries, keys, values, shares, scores, mixed, dMixed }: AttentionPass,
  { attentionScale: alpha, scoreCap }: { readonly attentionScale: number; readonly scoreCap: number | null },
): { readonly queries: Value; readonly keys: Value; readonly values: Value } {
  const wide = (x: Value): Value => cast(x, shares.dtype);
  const row = reduceSum(mul(wide(dMixed), wide(mixed)), { axes: [-1], keepDims: true });
  const dShares = wide(matmul(dMixed, values, { transposeB: true }));
  const dCapped = mul(shares, sub(dShares, row));
  const dScores = cast(scoreCap === null ? dCapped : mul(dCapped, capSlope(scores, scoreCap)), queries.dtype);
  return {
    queries: matmul(dScores, keys, { alpha }),
    keys: matmul(dScores, queries, { transposeA: true, alpha }),
    values: matmul(cast(shares, dMixed.dtype), dMixed, { transposeA: true }),
  };
}
