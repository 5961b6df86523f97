import { badInput } from '../../../native-models/failure.ts';
import type { BulkBasis, BulkPreview } from '../../../preload/contract/review-views.ts';
import { chainHead } from '../../labels/chain.ts';
import { editLabels, type EditResult } from '../../labels/edit.ts';
import type { Library } from '../../library/library.ts';
import { transact } from '../../library/transact.ts';
import { planBulk, planHash } from './bulk-plan.ts';
import type { TransformClass } from '../../../native-models/vocabulary/lists.ts';
import type { BulkChange } from '../../../preload/contract/operations/review.ts';

export type { BulkChange } from '../../../preload/contract/operations/review.ts';
export type { BulkPreview } from '../../../preload/contract/review-views.ts';

/** Says what a change would do to the pairs, without doing it. @throws Failure `unknown-pair` */
export function previewBulk(
  library: Library,
  projectId: number,
  reviewer: string,
  pairIds: readonly number[],
  change: BulkChange,
): BulkPreview {
  // One view of the library, whoever writes meanwhile.
  return library.db
    .transaction(() => {
      const plan = planBulk(library, projectId, reviewer, pairIds, change);
      const before = noPairs();
      const after = noPairs();
      for (const pair of plan) {
        before[pair.before] += 1;
        after[pair.after] += 1;
      }
      const changed = plan.filter(({ changes }) => changes.length > 0);
      const events = changed.reduce((sum, { changes }) => sum + changes.length, 0);
      return {
        pairs: plan.length,
        changedPairs: changed.length,
        events,
        before,
        after,
        basis: { seq: chainHead(library).seq, hash: planHash(plan) },
      };
    })
    .deferred();
}

/**
 * Makes exactly the change that was previewed, as one group of events, which one undo takes back.
 * @param basis the preview's
 * @throws Failure `bulk-not-as-previewed` where it would do something else by now; `unknown-pair`, `reviewer-missing`
 */
export function applyBulk(
  library: Library,
  projectId: number,
  by: { readonly reviewer: string; readonly reason: string },
  pairIds: readonly number[],
  change: BulkChange,
  basis: BulkBasis,
): EditResult {
  return transact(library, () => {
    const plan = planBulk(library, projectId, by.reviewer, pairIds, change);
    if (planHash(plan) !== basis.hash) throw notAsPreviewed(library, projectId, basis);
    return editLabels(
      library,
      projectId,
      by,
      plan.flatMap(({ edits }) => edits),
    );
  });
}

function notAsPreviewed({ db }: Library, projectId: number, { seq }: BulkBasis): Error {
  const since = db
    .prepare<[number, number], { pairs: number; reviewers: string }>(
      'SELECT count(DISTINCT pair) AS pairs, json_group_array(DISTINCT reviewer) AS reviewers FROM ' +
        'label_events WHERE project_id = ? AND seq > ? AND pair IS NOT NULL',
    )
    .get(projectId, seq);
  const pairs = since?.pairs ?? 0;
  const reviewers: readonly string[] = JSON.parse(since?.reviewers ?? '[]');
  const what =
    pairs === 0
      ? 'The pairs are others than when the preview was made'
      : `Since the preview, ${reviewers.join(' and ')} changed the labels of ${pairs} ` +
        `${pairs === 1 ? 'pair' : 'pairs'} of the project`;
  return badInput(
    'bulk-not-as-previewed',
    `${what}, so the change would do something else than was shown. Nothing was changed. Look at the new ` +
      'preview and apply that.',
    { changedPairs: pairs, reviewers },
  );
}

function noPairs(): { [transformClass in TransformClass]: number } {
  return { keptSafeSafe: 0, keptSafeUnsafe: 0, swapped: 0, dropped: 0, waiting: 0 };
}
