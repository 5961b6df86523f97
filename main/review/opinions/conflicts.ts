import { badInput } from '../../../native-models/failure.ts';
import { editLabels, type EditResult, type LabelEdit } from '../../labels/edit.ts';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import { type OpinionTarget, type OpinionValue, opinionsQuery, readOpinions } from './opinions.ts';
import type { Conflict } from '../../../preload/contract/review-views.ts';

export type { Conflict } from '../../../preload/contract/review-views.ts';

interface OpenConflict {
  readonly pairId: number;
  readonly target: OpinionTarget;
  readonly now: OpinionValue | null;
}

/**
 * Pairs that somebody may disagree about: two people spoke of them, or a file did. By its index this takes no longer in
 * a long log of one reviewer.
 */
const discussedPairs = oncePerLibrary(({ db }) =>
  db
    .prepare<{ project: number }, number>(
      `
      SELECT pairs.id FROM (
        SELECT pair FROM label_events INDEXED BY label_events_by_reviewer WHERE project_id = :project
          AND pair IS NOT NULL GROUP BY pair HAVING min(reviewer) <> max(reviewer)
      ) CROSS JOIN pairs ON pairs.project_id = :project AND content_hash = unhex(pair)
      UNION SELECT pair_id FROM opinions WHERE project_id = :project`,
    )
    .pluck(),
);

function openConflicts(library: Library, projectId: number, pairIds: readonly number[] | null): OpenConflict[] {
  const pairs = pairIds ?? discussedPairs(library).all({ project: projectId });
  return openStatement(library).all({ project: projectId, pairs: JSON.stringify(pairs) });
}

const openStatement = oncePerLibrary(({ db }) => {
  const verdictNow = (side: 'a' | 'b'): string =>
    `iif(source_${side} IS NOT 'model', CASE unsafe_${side} WHEN 1 THEN 'unsafe' WHEN 0 THEN 'safe' END, NULL)`;
  return db.prepare<{ project: number; pairs: string }, OpenConflict>(`
      WITH
        said AS MATERIALIZED (${opinionsQuery(true)}),
        shown AS (SELECT said.*, CASE target WHEN 'verdict a' THEN ${verdictNow('a')}
          WHEN 'verdict b' THEN ${verdictNow('b')}
          ELSE iif(preferred_source IS NOT 'model', preferred, NULL) END AS now FROM said CROSS
            JOIN active_labels ON pair_id = pairId)
      SELECT pairId, target, now FROM shown GROUP BY pairId, target
      HAVING (count(DISTINCT value) > 1 OR max(value <> now)) AND max(seq) > coalesce((
        SELECT max(label_events.seq) FROM pairs CROSS
          JOIN label_events INDEXED BY label_events_by_pair ON pair = lower(hex(content_hash))
          AND label_events.project_id = :project
          JOIN label_groups ON label_groups.project_id = label_events.project_id AND label_groups.id = group_id
        WHERE pairs.id = pairId AND kind = 'adjudicate' AND state = 'done' AND iif(field = 'preference', field,
          field || ' ' || side) = target), -1)
      ORDER BY pairId, target`);
});

/**
 * The pairs, of those named or of all, about which somebody disagrees with somebody else or with the labels as they
 * are.
 */
export function conflictedPairs(
  library: Library,
  projectId: number,
  pairIds: readonly number[] | null = null,
): Set<number> {
  return new Set(openConflicts(library, projectId, pairIds).map(({ pairId }) => pairId));
}

/**
 * The conflicts, about the pairs named or all of a project, that nobody has settled since the last opinion, by pair.
 */
export function conflictQueue(
  library: Library,
  projectId: number,
  pairIds: readonly number[] | null = null,
): Conflict[] {
  const open = openConflicts(library, projectId, pairIds);
  const opinions = readOpinions(library, projectId, [...new Set(open.map(({ pairId }) => pairId))]);
  return open.map((conflict) => ({
    ...conflict,
    opinions: opinions.filter(({ pairId, target }) => pairId === conflict.pairId && target === conflict.target),
  }));
}

/** Who settles a conflict, to what, and why. */
export interface Decision {
  readonly pairId: number;
  readonly target: OpinionTarget;
  readonly value: OpinionValue;
  readonly reviewer: string;
  readonly reason: string;
}

/**
 * Settles a conflict by an event of its own kind, which is logged also where the labels stay as they are. The
 * reviewers keep their opinions; a later opinion opens the conflict again.
 * @throws Failure `unknown-pair`, `reviewer-missing`, `decision-does-not-fit`
 */
export function adjudicate(
  library: Library,
  projectId: number,
  { pairId, target, value, reviewer, reason }: Decision,
): EditResult {
  return editLabels(library, projectId, { reviewer, reason, kind: 'adjudicate' }, [opinionEdit(pairId, target, value)]);
}

/** The edit that makes the labels say what an opinion says. @throws Failure `decision-does-not-fit` */
export function opinionEdit(pairId: number, target: OpinionTarget, value: OpinionValue): LabelEdit {
  if (target === 'preference' && value !== 'safe' && value !== 'unsafe') return { pairId, field: 'preference', value };
  if (target !== 'preference' && (value === 'safe' || value === 'unsafe'))
    return { pairId, field: 'verdict', side: target === 'verdict a' ? 'a' : 'b', value: value === 'unsafe' };
  throw badInput(
    'decision-does-not-fit',
    `${JSON.stringify(value)} is no answer to a ${target}: verdicts are safe or unsafe, preferences a, b or tie.`,
    { target, value },
  );
}
