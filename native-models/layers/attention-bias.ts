import { and, cast, equal, less, lessOrEqual, or, sub, where } from '../graph/elementwise.ts';
import { reshape } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type DType, type Value, scalar } from '../graph/value.ts';
import { blockLength, blockRange, cut } from './blocks.ts';

/** What a token is, for deciding who sees whom. Each `[batch, seq]`, whole numbers. */
export interface TokenPlaces {
  /** Place in the row, counted from 0 in order of storage. */
  readonly slot: Value;
  /** Position for the rotary embedding; a second response starts again right after its prompt. */
  readonly position: Value;
  /** Which document of the row; tokens of different documents never see each other. */
  readonly document: Value;
  /** 0 for a prompt, 1, 2, ... for its responses; a response sees its prompt and itself. */
  readonly branch: Value;
}

/**
 * `[batch, 1, queries, keys]`: 0 where a query may look at a key, -1e9 where not. Causal by slot, within one document,
 * prompt or own branch only, and within the sliding window when there is one. The same for all heads.
 * `dtype` must hold every place exactly and -1e9: float32 or float64.
 */
export function attentionBias(
  queries: TokenPlaces,
  keys: TokenPlaces,
  slidingWindow: number | null,
  dtype: DType,
): Value {
  // Compared as floats: every provider can, and places are far below 2^24.
  const query = (ids: Value): Value => reshape(cast(ids, dtype), [dimAt(ids.shape, 0), 1, dimAt(ids.shape, 1), 1]);
  const key = (ids: Value): Value => reshape(cast(ids, dtype), [dimAt(ids.shape, 0), 1, 1, dimAt(ids.shape, 1)]);
  const causal = lessOrEqual(key(keys.slot), query(queries.slot));
  const sameDocument = equal(key(keys.document), query(queries.document));
  const keyBranch = key(keys.branch);
  const visibleBranch = or(equal(keyBranch, scalar(dtype, 0)), equal(keyBranch, query(queries.branch)));
  const allowed = and(causal, and(sameDocument, visibleBranch));
  const near =
    slidingWindow === null
      ? allowed
      : and(allowed, less(sub(query(queries.position), key(keys.position)), scalar(dtype, slidingWindow)));
  return where(near, scalar(dtype, 0), scalar(dtype, -1e9));
}

/**
 * The bias of each of `blocks` equal blocks of queries towards the keys up to its end, `[batch, 1, length, (block +
 * 1)·length]`: half of the whole, made once for all layers. Throws `attention-blocks` where rows do not divide.
 */
export function attentionBiasBlocks(
  places: TokenPlaces,
  blocks: number,
  slidingWindow: number | null,
  dtype: DType,
): readonly Value[] {
  const length = blockLength(dimAt(places.slot.shape, 1), blocks);
  const parts = mapPlaces(places, (ids) => cut(cast(ids, dtype), 1, blocks, length));
  return Array.from({ length: blocks }, (_, block) =>
    attentionBias(
      mapPlaces(parts, (ids) => blockRange(ids, 1, block, block + 1)),
      mapPlaces(parts, (ids) => blockRange(ids, 1, 0, block + 1)),
      slidingWindow,
      dtype,
    ),
  );
}

function mapPlaces(places: TokenPlaces, change: (ids: Value) => Value): TokenPlaces {
  return {
    slot: change(places.slot),
    position: change(places.position),
    document: change(places.document),
    branch: change(places.branch),
  };
}
