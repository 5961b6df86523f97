import { failed } from '../failure.ts';
import { matmul } from '../graph/contraction.ts';
import { add, cast } from '../graph/elementwise.ts';
import { barrier } from '../graph/fused.ts';
import { concat, reshape, slice } from '../graph/layout.ts';
import { dimAt, untold } from '../graph/shape.ts';
import { type Value, makeRegion, scalar } from '../graph/value.ts';
import { attentionScoreGradients } from './attention-gradients.ts';
import {
  type HeadLayout,
  attentionShares,
  fromQueryRows,
  groupQueries,
  mergeKeys,
  queryRows,
  splitKeys,
  ungroupQueries,
} from './attention.ts';
import { blockLength, blockRange, cut } from './blocks.ts';

/** `sum`, over one block of keys fewer, added to the start of `next`. */
function addToStart(sum: Value, next: Value): Value {
  const count = Number(dimAt(next.shape, 2));
  return concat([add(sum, slice(next, 2, 0, count - 1)), slice(next, 2, count - 1, count)], 2);
}

/**
 * Causal grouped-query attention over blocks of queries, one after the other: of the wide scores only one block's are
 * alive at a time, forward and backward, and keys after a block are never looked at. The backward pass computes a
 * block's shares again (Rabe & Staats, arXiv 2112.05682). Memory grows with the length of rows where the length of a
 * block is fixed and that of rows is a named size, since the runtime is not told the shapes of blocks then. `q [batch,
 * seq, heads·headDim]`, `k`, `v [batch, seq, keyValueHeads·headDim]`, like `q` the result; `biases` are those of
 * `attentionBiasBlocks`, one a block.
 */
export function blockedAttention(q: Value, k: Value, v: Value, biases: readonly Value[], layout: HeadLayout): Value {
  const blocks = biases.length;
  const seq = dimAt(q.shape, 1);

  const length = blockLength(seq, blocks, untold);
  const cutQueries = (x: Value): Value => cut(groupQueries(x, layout), 3, blocks, length);
  const cutAll = () => ({
    queries: cutQueries(q),
    keys: cut(splitKeys(k, layout), 2, blocks, length),
    values: cut(splitKeys(v, layout), 2, blocks, length),
  });
  const rowsOf = (whole: Value, block: number): Value => queryRows(blockRange(whole, 3, block, block + 1));
  const grouped = (rows: Value): Value => fromQueryRows(rows, length, layout);

  /** The block's operands, its queries not taken before `after` is there. */
  const operands = (parts: ReturnType<typeof cutAll>, block: number, bias: Value, after: readonly Value[]) => {
    const late = barrier(scalar(q.dtype, 0), after);
    const queries = add(rowsOf(parts.queries, block), late);
    const [keys, values] = [blockRange(parts.keys, 2, 0, block + 1), blockRange(parts.values, 2, 0, block + 1)];
    return { late, queries, keys, values, ...attentionShares(queries, keys, bias, layout) };
  };

  const outputs: Value[] = [];
  const once = cutAll();
  for (const [block, bias] of biases.entries()) {
    const { shares, values } = operands(once, block, bias, outputs.slice(-1));
    outputs.push(grouped(matmul(cast(shares, q.dtype), values)));
  }
  const merged = ungroupQueries(concat(outputs, 3, seq), layout);

  const gradient = (upstream: Value): readonly [Value, Value, Value] => {
    const again = cutAll();
    const [cutUpstream, cutMerged] = [cutQueries(upstream), cutQueries(merged)];
    const dQueries: Value[] = [];
    let sums: { readonly keys: Value; readonly values: Value } | null = null;
    // From the first block to the last: sizes grow, so the runtime's allocator reuses what smaller blocks gave back.
    for (const [block, bias] of biases.entries()) {
      const { late, ...pass } = operands(
        again,
        block,
        bias,
        sums === null ? [upstream] : [sums.keys, sums.values, ...dQueries.slice(-1)],
      );
      const dMixed = add(rowsOf(cutUpstream, block), late);
      const made = attentionScoreGradients({ ...pass, mixed: rowsOf(cutMerged, block), dMixed }, layout);
      dQueries.push(grouped(made.queries));
      const [dKeys, dValues] = [cut(made.keys, 2, block + 1, length), cut(made.values, 2, block + 1, length)];
      sums =
        sums === null
          ? { keys: dKeys, values: dValues }
          : { keys: addToStart(sums.keys, dKeys), values: addToStart(sums.values, dValues) };
    }
    if (sums === null) throw failed('attention-blocks', 'Attention was asked for in no blocks.', { blocks });
    const whole = (x: Value): Value => mergeKeys(reshape(x, [...x.shape.slice(0, 2), seq, layout.headDim]), layout);
    return [ungroupQueries(concat(dQueries, 3, seq), layout), whole(sums.keys), whole(sums.values)];
  };

  const [output] = makeRegion({
    name: 'blocked attention',
    inputs: [q, k, v],
    inner: [merged],
    gradient: ([upstream]) => (upstream === null || upstream === undefined ? [null, null, null] : gradient(upstream)),
  });
  if (output === undefined) throw failed('graph-invalid', 'Blocked attention was made without an output.');
  return output;
}
