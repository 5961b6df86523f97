import type { Preferred, Side } from './pairs.ts';
import type { TransformClass } from '../../native-models/vocabulary/lists.ts';

/** What the transform and the data rules of the other objectives look at. */
export interface PairJudgement {
  readonly preferred: Preferred;
  /** The source's own order of safety, where it gives one. */
  readonly safer: Side | null;
  readonly unsafe: { readonly [side in Side]: boolean | null };
}

/** What the transform makes of one pair; `chosen` is `null` for a pair that is dropped or waiting. */
export interface Transformed {
  readonly class: TransformClass;
  readonly chosen: Side | null;
}

/** How many pairs fall into each class. */
export type ClassCounts = { readonly [transformClass in TransformClass]: number };
/** The same of a whole project; the classes add up to `total`. */
export type TransformCounts = ClassCounts & { readonly total: number };

/**
 * SafeDPO's transform T (arXiv 2505.20065, section 3.2). With w the preferred response and l the other:
 *
 * | w      | l      | T                                  |
 * |--------|--------|------------------------------------|
 * | safe   | safe   | kept in the order of helpfulness   |
 * | safe   | unsafe | kept                               |
 * | unsafe | safe   | swapped: the safe one is chosen    |
 * | unsafe | unsafe | dropped                            |
 *
 * A missing verdict or preference makes the pair wait; it never counts as safe. Beyond the paper: of two equally
 * helpful responses the safe one is chosen, and two safe ones are dropped, since there is no order to learn.
 */
export function transformPair({ preferred, unsafe }: PairJudgement): Transformed {
  if (unsafe.a === null || unsafe.b === null || preferred === null) return { class: 'waiting', chosen: null };
  if (unsafe.a && unsafe.b) return { class: 'dropped', chosen: null };
  if (!unsafe.a && !unsafe.b)
    return preferred === 'tie' ? { class: 'dropped', chosen: null } : { class: 'keptSafeSafe', chosen: preferred };
  const safe = unsafe.a ? 'b' : 'a';
  return { class: preferred === otherSide(safe) ? 'swapped' : 'keptSafeUnsafe', chosen: safe };
}

/** The other response of the pair. */
export function otherSide(side: Side): Side {
  return side === 'a' ? 'b' : 'a';
}
