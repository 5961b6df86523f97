import { failed } from '../failure.ts';
import { add, mul, sub } from '../graph/elementwise.ts';
import { matmul, reduceSum, softmax } from '../graph/contraction.ts';
import { reshape, transpose } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type Value, makeRegion } from '../graph/value.ts';
import { times } from './attention-bias.ts';

export interface HeadLayout {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
}

/** `[batch, seq, heads·headDim] → [batch, keyValueHeads, groups·seq, headDim]`, so that K and V need no copies per group. */
function splitQueries(q: Value, { heads, keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, seq, groups] = [dimAt(q.shape, 0), dimAt(q.shape, 1), heads / keyValueHeads];
  const split = transpose(reshape(q, [batch, seq, keyValueHeads, groups, headDim]), [0, 2, 3, 1, 4]);
  return reshape(split, [batch, keyValueHeads, times(seq, groups), headDim]);
}

/** The inverse of {@link splitQueries}. */
function mergeQueries(x: Value, seq: ReturnType<typeof dimAt>, { heads, keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, groups] = [dimAt(x.shape, 0), heads / keyValueHeads];
  const split = transpose(reshape(x, [batch, keyValueHeads, groups, seq, headDim]), [0, 3, 1, 2, 4]);
  return reshape(split, [batch, seq, heads * headDim]);
}

/** `[batch, seq, keyValueHeads·headDim] → [batch, keyValueHeads, seq, headDim]`. */
export function splitKeys(x: Value, { keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, seq] = [dimAt(x.shape, 0), dimAt(x.shape, 1)];
  return transpose(reshape(x, [batch, seq, keyValueHeads, headDim]), [0, 2, 1, 3]);
}

function mergeKeys(x: Value, { keyValueHeads, headDim }: HeadLayout): Value {
  const [batch, seq] = [dimAt(x.shape, 0), dimAt(x.shape, 2)];
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, seq, keyValueHeads * headDim]);
}

/**
 * Grouped-query attention of `q [batch, seq, heads·headDim]` over `keys`, `values [batch, keyValueHeads, keySeq, headDim]`
 * with an additive `bias [batch, 1, groups·seq, keySeq]`; gives `[batch, seq, heads·headDim]`. Forward only.
 */
export function attend(q: Value, keys: Value, values: Value, bias: Value, layout: HeadLayout): Value {
  const scores = add(matmul(splitQueries(q, layout), keys, { transposeB: true, alpha: layout.headDim ** -0.5 }), bias);
  return mergeQueries(matmul(softmax(scores), values), dimAt(q.shape, 1), layout);
}

/**
 * {@link attend} for training, with `k`, `v [batch, seq, keyValueHeads·headDim]` and a gradient of its own:
 * `dS = P ⊙ (dP − rowsum(dO ⊙ O))`, the row term taken from the narrow output instead of the wide scores.
 */
export function attention(q: Value, k: Value, v: Value, bias: Value, layout: HeadLayout): Value {
  const alpha = layout.headDim ** -0.5;
  const seq = dimAt(q.shape, 1);
  const [queries, keys, values] = [splitQueries(q, layout), splitKeys(k, layout), splitKeys(v, layout)];
  const shares = softmax(add(matmul(queries, keys, { transposeB: true, alpha }), bias));
  const mixed = matmul(shares, values);
  const [output] = makeRegion({
    name: 'attention',
    inputs: [q, k, v, bias],
    inner: [mergeQueries(mixed, seq, layout)],
    gradient: ([upstream]) => {
      if (upstream === null || upstream === undefined) return [null, null, null, null];
      const dMixed = splitQueries(upstream, layout);
      const dValues = matmul(shares, dMixed, { transposeA: true });
      const row = reduceSum(mul(dMixed, mixed), { axes: [-1], keepDims: true });
      const dScores = mul(shares, sub(matmul(dMixed, values, { transposeB: true }), row));
      const dQueries = matmul(dScores, keys, { alpha });
      const dKeys = matmul(dScores, queries, { transposeA: true, alpha });
      return [mergeQueries(dQueries, seq, layout), mergeKeys(dKeys, layout), mergeKeys(dValues, layout), null];
    },
  });
  if (output === undefined) throw failed('graph-node-without-output', 'attention was made without an output.');
  return output;
}
