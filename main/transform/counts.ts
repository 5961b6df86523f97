import type { PairCounts } from '../../preload/contract/pair-counts.ts';
import type { TransformCounts } from '../../preload/contract/transform-pair.ts';
import type { Library } from '../library/library.ts';
import { defaultObjective } from '../../native-models/vocabulary/objectives.ts';
import { pairGroups, takenPairs } from './pair-groups.ts';
import type { TransformClass } from '../../native-models/vocabulary/lists.ts';

/**
 * Counts the transform's classes over a project's visible pairs, training and held-out. The class is a column
 * that SQLite computes; a property test holds it to `transformPair`.
 */
export function transformCounts({ db }: Library, projectId: number): TransformCounts {
  const rows = db
    .prepare<[number], { class: TransformClass; pairs: number }>(
      `
      SELECT class, count(*) AS pairs FROM pair_labels
      WHERE dataset_id IN (SELECT id FROM datasets WHERE project_id = ? AND state = 'ready' AND trashed_at IS NULL)
      GROUP BY class`,
    )
    .all(projectId);
  const counts = { keptSafeSafe: 0, keptSafeUnsafe: 0, swapped: 0, dropped: 0, waiting: 0 };
  for (const { class: name, pairs } of rows) counts[name] = pairs;
  return { ...counts, total: rows.reduce((sum, { pairs }) => sum + pairs, 0) };
}

/** The same, with how many of the pairs that SafeDPO takes are held out. */
export function pairCounts(library: Library, projectId: number): PairCounts {
  const heldOut = pairGroups(library, projectId)
    .filter((group) => group.heldOut)
    .reduce((sum, group) => sum + takenPairs(group, defaultObjective), 0);
  return { ...transformCounts(library, projectId), heldOut };
}
