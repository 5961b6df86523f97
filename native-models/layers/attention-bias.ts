import { and, cast, equal, less, lessOrEqual, or, sub, where } from '../graph/elementwise.ts';
import { concat, reshape } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type DType, type Dim, type Value, scalar } from '../graph/value.ts';

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

/** The name of `factor` times a size. */
export function times(dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return dim * factor;
  return factor === 1 ? dim : `${factor}·${dim}`;
}

/**
 * `[batch, 1, groups·queries, keys]`: 0 where a query may look at a key, -1e9 where not. Causal by slot, within one
 * document, prompt or own branch only, and within the sliding window when there is one.
 * Queries repeat `groups` times because the heads that share a key/value head lie one after the other.
 * `dtype` must hold every place exactly and -1e9: float32 or float64.
 */
export function attentionBias(queries: TokenPlaces, keys: TokenPlaces, groups: number, slidingWindow: number | null, dtype: DType): Value {
  // Compared as floats: every provider can, and places are far below 2^24.
  const query = (ids: Value): Value => reshape(cast(ids, dtype), [dimAt(ids.shape, 0), 1, dimAt(ids.shape, 1), 1]);
  const key = (ids: Value): Value => reshape(cast(ids, dtype), [dimAt(ids.shape, 0), 1, 1, dimAt(ids.shape, 1)]);
  const causal = lessOrEqual(key(keys.slot), query(queries.slot));
  const sameDocument = equal(key(keys.document), query(queries.document));
  const keyBranch = key(keys.branch);
  const visibleBranch = or(equal(keyBranch, scalar(dtype, 0)), equal(keyBranch, query(queries.branch)));
  const allowed = and(causal, and(sameDocument, visibleBranch));
  const near = slidingWindow === null ? allowed : and(allowed, less(sub(query(queries.position), key(keys.position)), scalar(dtype, slidingWindow)));
  const bias = where(near, scalar(dtype, 0), scalar(dtype, -1e9));
  return groups === 1 ? bias : concat(Array.from({ length: groups }, () => bias), 2, times(dimAt(queries.slot.shape, 1), groups));
}
