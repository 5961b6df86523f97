import { failed } from '../failure.ts';
import { matmul, softmax } from '../graph/contraction.ts';
import { add, cast } from '../graph/elementwise.ts';
import { reshape, transpose } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type Dim, type Value, makeRegion } from '../graph/value.ts';
import { attentionScoreGradients } from './attention-gradients.ts';
import { times } from './blocks.ts';
import { softCap } from './caps.ts';

export interface HeadLayout {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** Products of queries and keys are multiplied by it. */
  readonly attentionScale: number;
  /** Scores s become `cap · tanh(s / cap)`; `null` leaves them. */
  readonly scoreCap: number | null;
}

/** `[batch, seq, heads·headDim] → [batch, keyValueHeads, groups, seq, headDim]`. */
export function groupQueries(q: Value, { heads, keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, seq, groups] = [dimAt(q.shape, 0), dimAt(q.shape, 1), heads / keyValueHeads];
  return transpose(reshape(q, [batch, seq, keyValueHeads, groups, headDim]), [0, 2, 3, 1, 4]);
}

/** The inverse of {@link groupQueries}. */
export function ungroupQueries(grouped: Value, { heads, headDim }: HeadLayout): Value {
  const [batch, seq] = [dimAt(grouped.shape, 0), dimAt(grouped.shape, 3)];
  return reshape(transpose(grouped, [0, 3, 1, 2, 4]), [batch, seq, heads * headDim]);
}

/**
 * Grouped queries as rows of one product, `[batch, keyValueHeads, groups·seq, headDim]`, so that K and V need no copies
 * per group.
 */
export function queryRows(grouped: Value): Value {
  const [batch = 1, keyValueHeads = 1, groups, seq = 1, headDim = 1] = grouped.shape;
  return reshape(grouped, [batch, keyValueHeads, times(seq, Number(groups)), headDim]);
}

/** The inverse of {@link queryRows}; `seq` names the queries of one group. */
export function fromQueryRows(rows: Value, seq: Dim, { heads, keyValueHeads, headDim }: HeadLayout): Value {
  return reshape(rows, [dimAt(rows.shape, 0), keyValueHeads, heads / keyValueHeads, seq, headDim]);
}

/** `[batch, seq, heads·headDim]` as {@link queryRows}. */
export function splitQueries(q: Value, layout: HeadLayout): Value {
  return queryRows(groupQueries(q, layout));
}

/** The inverse of {@link splitQueries}. */
export function mergeQueries(x: Value, seq: Dim, layout: HeadLayout): Value {
  return ungroupQueries(fromQueryRows(x, seq, layout), layout);
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

/** What each query takes of each key, and the scores it comes from, capped where they are. */
export interface AttentionShares {
  readonly shares: Value;
  readonly scores: Value;
}

/**
 * Attention shares `softmax(α·q·kᵀ + bias)` in the element type of `bias`, which is wider than that of the products
 * where those are in half precision: `[batch, keyValueHeads, groups·seq, headDim]`, `[.., keys, headDim]` → `[..,
 * groups·seq, keys]`.
 */
export function attentionShares(
  queries: Value,
  keys: Value,
  bias: Value,
  { heads, attentionScale, scoreCap }: HeadLayout,
): AttentionShares {
  const products = cast(matmul(queries, keys, { transposeB: true, alpha: attentionScale }), bias.dtype);
  const scores = softCap(products, scoreCap);
  // Each head's rows on an axis of their own: the bias is the same for all of them.
  const byHead = reshape(scores, [dimAt(scores.shape, 0), heads, dimAt(bias.shape, 2), dimAt(scores.shape, 3)]);
  return { shares: reshape(softmax(add(byHead, bias)), scores.shape), scores };
}

/**
 * Grouped-query attention of `q [batch, seq, heads·headDim]` over `keys`, `values [batch, keyValueHeads, keySeq,
 * headDim]` with an additive `bias [batch, 1, seq, keySeq]`; gives `[batch, seq, heads·headDim]`. Forward only.
 */
export function attend(q: Value, keys: Value, values: Value, bias: Value, layout: HeadLayout): Value {
  const { shares } = attentionShares(splitQueries(q, layout), keys, bias, layout);
  return mergeQueries(matmul(cast(shares, values.dtype), values), dimAt(q.shape, 1), layout);
}

/**
 * {@link attend} for training, with `k`, `v [batch, seq, keyValueHeads·headDim]` and a gradient of its own that keeps
 * the shares. For long rows use `blockedAttention`, which does not.
 */
export function attention(q: Value, k: Value, v: Value, bias: Value, layout: HeadLayout): Value {
  const seq = dimAt(q.shape, 1);
  const [queries, keys, values] = [splitQueries(q, layout), splitKeys(k, layout), splitKeys(v, layout)];
  const { shares, scores } = attentionShares(queries, keys, bias, layout);
  const mixed = matmul(cast(shares, q.dtype), values);
  const [output] = makeRegion({
    name: 'attention',
    inputs: [q, k, v],
    inner: [mergeQueries(mixed, seq, layout)],
    gradient: ([upstream]) => {
      if (upstream === null || upstream === undefined) return [null, null, null];
      const made = attentionScoreGradients(
        { queries, keys, values, shares, scores, mixed, dMixed: splitQueries(upstream, layout) },
        layout,
      );
      return [mergeQueries(made.queries, seq, layout), mergeKeys(made.keys, layout), mergeKeys(made.values, layout)];
    },
  });
  if (output === undefined) throw failed('graph-invalid', 'attention was made without an output.');
  return output;
}
