import { failed } from '../failure.ts';
import { matmul, softmax } from '../graph/contraction.ts';
import { add, cast } from '../graph/elementwise.ts';
import { reshape, transpose } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type Value, makeRegion } from '../graph/value.ts';
import { attentionScoreGradients } from './attention-gradients.ts';
import { times } from './attention-bias.ts';

export interface HeadLayout {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
}

/** `[batch, seq, heads·headDim] → [batch, keyValueHeads, groups·seq, headDim]`, so that K and V need no copies per group. */
export function splitQueries(q: Value, { heads, keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, seq, groups] = [dimAt(q.shape, 0), dimAt(q.shape, 1), heads / keyValueHeads];
  const split = transpose(reshape(q, [batch, seq, keyValueHeads, groups, headDim]), [0, 2, 3, 1, 4]);
  return reshape(split, [batch, keyValueHeads, times(seq, groups), headDim]);
}

/** The inverse of {@link splitQueries}. */
export function mergeQueries(x: Value, seq: ReturnType<typeof dimAt>, { heads, keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, groups] = [dimAt(x.shape, 0), heads / keyValueHeads];
  const split = transpose(reshape(x, [batch, keyValueHeads, groups, seq, headDim]), [0, 3, 1, 2, 4]);
  return reshape(split, [batch, seq, heads * headDim]);
}

/** `[batch, seq, keyValueHeads·headDim] → [batch, keyValueHeads, seq, headDim]`. */
export function splitKeys(x: Value, { keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, seq] = [dimAt(x.shape, 0), dimAt(x.shape, 1)];
  return transpose(reshape(x, [batch, seq, keyValueHeads, headDim]), [0, 2, 1, 3]);
}

export function mergeKeys(x: Value, { keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, seq] = [dimAt(x.shape, 0), dimAt(x.shape, 2)];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, seq, keyValueHeads * headDim]);
}

/**
 * Attention shares `softmax(α·q·kᵀ + bias)` in the element type of `bias`, which is wider than that of the products where
 * those are in half precision: `[batch, keyValueHeads, queries, headDim]`, `[.., keys, headDim]` → `[.., queries, keys]`.
 */
export function attentionShares(queries: Value, keys: Value, bias: Value, { headDim }: HeadLayout): Value {
  const scores = matmul(queries, keys, { transposeB: true, alpha: headDim ** -0.5 });
  return softmax(add(cast(scores, bias.dtype), bias));
}

/**
 * Grouped-query attention of `q [batch, seq, heads·headDim]` over `keys`, `values [batch, keyValueHeads, keySeq, headDim]`
 * with an additive `bias [batch, 1, groups·seq, keySeq]`; gives `[batch, seq, heads·headDim]`. Forward only.
 */
export function attend(q: Value, keys: Value, values: Value, bias: Value, layout: HeadLayout): Value {
  const shares = cast(attentionShares(splitQueries(q, layout), keys, bias, layout), values.dtype);
  return mergeQueries(matmul(shares, values), dimAt(q.shape, 1), layout);
}

/**
 * {@link attend} for training, with `k`, `v [batch, seq, keyValueHeads·headDim]` and a gradient of its own that keeps the
 * shares. For long rows use `blockedAttention`, which does not.
 */
export function attention(q: Value, k: Value, v: Value, bias: Value, layout: HeadLayout): Value {
  const seq = dimAt(q.shape, 1);
  const [queries, keys, values] = [splitQueries(q, layout), splitKeys(k, layout), splitKeys(v, layout)];
  const shares = attentionShares(queries, keys, bias, layout);
  const mixed = matmul(cast(shares, q.dtype), values);
  const [output] = makeRegion({
    name: 'attention',
    inputs: [q, k, v],
    inner: [mergeQueries(mixed, seq, layout)],
    gradient: ([upstream]) => {
      if (upstream === null || upstream === undefined) return [null, null, null];
      const made = attentionScoreGradients({ queries, keys, values, shares, mixed, dMixed: splitQueries(upstream, layout) }, layout);
      return [mergeQueries(made.queries, seq, layout), mergeKeys(made.keys, layout), mergeKeys(made.values, layout)];
    },
  });
  if (output === undefined) throw failed('graph-node-without-output', 'attention was made without an output.');
  return output;
}
