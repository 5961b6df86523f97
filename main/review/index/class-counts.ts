import type { Library } from '../../library/library.ts';
import { readSplit, type SplitCounts } from '../../projects/split.ts';
import { reviewView } from './current-columns.ts';
import type { TransformClass } from '../../../native-models/vocabulary/lists.ts';
import type { PairCounts } from '../../../preload/contract/pair-counts.ts';

const usableClasses: ReadonlySet<string> = new Set<TransformClass>(['keptSafeSafe', 'keptSafeUnsafe', 'swapped']);

/** What `pairCounts` gives, from the columns that the review keeps in memory instead of a pass over the table. */
export function classCounts(library: Library, projectId: number): PairCounts {
  const { ids, distinct, pairsInState } = reviewView(library, projectId).columns;
  const count = (name: TransformClass): number =>
    distinct.reduce((sum, state, code) => sum + (state.class.includes(name) ? (pairsInState[code] ?? 0) : 0), 0);
  return {
    keptSafeSafe: count('keptSafeSafe'),
    keptSafeUnsafe: count('keptSafeUnsafe'),
    swapped: count('swapped'),
    dropped: count('dropped'),
    waiting: count('waiting'),
    total: ids.length,
    heldOut: distinct.reduce(
      (sum, state, code) =>
        sum +
        (state.split.includes('held-out') && state.class.some((name) => usableClasses.has(name))
          ? (pairsInState[code] ?? 0)
          : 0),
      0,
    ),
  };
}

/** What `getSplit` gives, from the columns too. */
export function splitCounts(library: Library, projectId: number): SplitCounts {
  const { ids, distinct, pairsInState } = reviewView(library, projectId).columns;
  const heldOutPairs = distinct.reduce(
    (sum, state, code) => sum + (state.split.includes('held-out') ? (pairsInState[code] ?? 0) : 0),
    0,
  );
  return { ...readSplit(library, projectId), trainPairs: ids.length - heldOutPairs, heldOutPairs };
}
