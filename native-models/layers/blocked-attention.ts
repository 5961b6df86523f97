import { failed } from '../failure.ts';
import { matmul } from '../graph/contraction.ts';
import { add, cast } from '../graph/elementwise.ts';
import { barrier } from '../graph/fused.ts';
import { concat, reshape, slice } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type DType, type Dim, type Value, makeRegion, scalar } from '../graph/value.ts';
import { type TokenPlaces, attentionBias, times } from './attention-bias.ts';
import { attentionScoreGradients } from './attention-gradients.ts';
import { type HeadLayout, attentionShares, mergeKeys, mergeQueries, splitKeys, splitQueries } from './attention.ts';

export interface BlockedAttentionSettings extends HeadLayout {
  /** Equal parts a row is cut into; the length of rows must divide by it. */
  readonly blocks: number;
  readonly slidingWindow: number | null;
  /** Element type of bias and softmax. */
  readonly islands: DType;
}

/** The axis `at` of `x` cut into equal blocks; their length gets the name `length`. */
function cut(x: Value, at: number, blocks: number, length: Dim): Value {
  return reshape(x, [...x.shape.slice(0, at), blocks, length, ...x.shape.slice(at + 1)]);
}

/** Blocks `from` to `to` (not included) of an axis that was cut, as one axis again. */
function blockRange(x: Value, at: number, from: number, to: number): Value {
  return reshape(slice(x, at, from, to), [...x.shape.slice(0, at), times(dimAt(x.shape, at + 1), to - from), ...x.shape.slice(at + 2)]);
}

/** `sum`, over one block of keys fewer, added to the start of `next`. */
function addToStart(sum: Value, next: Value): Value {
  const count = Number(dimAt(next.shape, 2));
  return concat([add(sum, slice(next, 2, 0, count - 1)), slice(next, 2, count - 1, count)], 2);
}

function mapPlaces(places: TokenPlaces, change: (ids: Value) => Value): TokenPlaces {
  return { slot: change(places.slot), position: change(places.position), document: change(places.document), branch: change(places.branch) };
}

/**
 * Causal grouped-query attention over blocks of queries, one after the other: of the wide scores only one block's are
 * alive at a time, forward and backward, and keys after a block are never looked at. The backward pass computes a
 * block's shares again (Rabe & Staats, arXiv 2112.05682). Memory grows with the length of rows where the length of a
 * block is fixed, as long as that length is a named size: of sizes it knows, ONNX Runtime gives a backward block the buffers
 * of the forward block of the same size, and so keeps those of all blocks. `q [batch, seq, heads·headDim]`, `k`, `v [batch, seq, keyValueHeads·headDim]`, like `q` the result.
 */
export function blockedAttention(q: Value, k: Value, v: Value, places: TokenPlaces, settings: BlockedAttentionSettings): Value {
  const { blocks, islands } = settings;
  const seq = dimAt(q.shape, 1);
  // A name for each pass: of sizes that are equal, the runtime keeps the first value's buffer for the second.
  const lengthIn = (pass: string): Dim => (typeof seq === 'number' ? seq / blocks : `${seq} block?${q.id}${pass}`);
  const length = lengthIn('forward');
  if (typeof length === 'number' && !Number.isInteger(length)) throw failed('attention-blocks', `Rows of ${seq} tokens cannot be cut into ${blocks} equal blocks.`, { seq, blocks });
  const groups = settings.heads / settings.keyValueHeads;
  const [wholeKeys, wholeValues] = [splitKeys(k, settings), splitKeys(v, settings)];
  const cutAll = (size: Dim) => ({ places: mapPlaces(places, (ids) => cut(cast(ids, islands), 1, blocks, size)), queries: cut(q, 1, blocks, size), keys: cut(wholeKeys, 2, blocks, size), values: cut(wholeValues, 2, blocks, size) });
  const queriesOf = (whole: Value, block: number): Value => splitQueries(blockRange(whole, 1, block, block + 1), settings);

  /** The block's operands, none of them made before `after` is there. */
  const operands = (parts: ReturnType<typeof cutAll>, block: number, after: readonly Value[]) => {
    const late = barrier(scalar(islands, 0), after);
    const seen = mapPlaces(parts.places, (ids) => blockRange(ids, 1, 0, block + 1));
    const asking = mapPlaces(parts.places, (ids) => add(blockRange(ids, 1, block, block + 1), late));
    const queries = add(queriesOf(parts.queries, block), cast(late, q.dtype));
    const blockKeys = blockRange(parts.keys, 2, 0, block + 1);
    const shares = attentionShares(queries, blockKeys, attentionBias(asking, seen, groups, settings.slidingWindow, islands), settings);
    return { late, queries, keys: blockKeys, values: blockRange(parts.values, 2, 0, block + 1), shares };
  };

  const outputs: Value[] = [];
  const once = cutAll(length);
  for (let block = 0; block < blocks; block++) {
    const { shares, values: seenValues } = operands(once, block, outputs.slice(-1));
    outputs.push(mergeQueries(matmul(cast(shares, q.dtype), seenValues), length, settings));
  }
  const merged = concat(outputs, 1, seq);

  const gradient = (upstream: Value): readonly [Value, Value, Value] => {
    const lengthAgain = lengthIn('backward');
    const again = cutAll(lengthAgain);
    const [cutUpstream, cutMerged] = [cut(upstream, 1, blocks, lengthAgain), cut(merged, 1, blocks, lengthAgain)];
    const dQueries: Value[] = [];
    let sums: { readonly keys: Value; readonly values: Value } | null = null;
    // From the first block to the last: sizes grow, so the runtime's allocator reuses what smaller blocks gave back.
    for (let block = 0; block < blocks; block++) {
      const { late, ...pass } = operands(again, block, sums === null ? [upstream] : [sums.keys, sums.values, ...dQueries.slice(-1)]);
      const dMixed = add(queriesOf(cutUpstream, block), cast(late, q.dtype));
      const made = attentionScoreGradients({ ...pass, mixed: queriesOf(cutMerged, block), dMixed }, settings);
      dQueries.push(mergeQueries(made.queries, lengthAgain, settings));
      const [dKeys, dValues] = [cut(made.keys, 2, block + 1, lengthAgain), cut(made.values, 2, block + 1, lengthAgain)];
      sums = sums === null ? { keys: dKeys, values: dValues } : { keys: addToStart(sums.keys, dKeys), values: addToStart(sums.values, dValues) };
    }
    if (sums === null) throw failed('attention-blocks', 'Attention was asked for in no blocks.', { blocks });
    const whole = (x: Value): Value => mergeKeys(reshape(x, [...x.shape.slice(0, 2), seq, settings.headDim]), settings);
    return [concat(dQueries, 1, seq), whole(sums.keys), whole(sums.values)];
  };

  const [output] = makeRegion({
    name: 'blocked attention',
    inputs: [q, k, v],
    inner: [merged],
    gradient: ([upstream]) => (upstream === null || upstream === undefined ? [null, null, null] : gradient(upstream)),
  });
  if (output === undefined) throw failed('graph-node-without-output', 'Blocked attention was made without an output.');
  return output;
}
