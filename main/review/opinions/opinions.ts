import type { Library } from '../../library/library.ts';
import type { Opinion } from '../../../preload/contract/review-views.ts';

export type { OpinionTarget, OpinionValue, Opinion } from '../../../preload/contract/review-views.ts';

/**
 * Opinions of all reviewers, as a subquery with the columns of `Opinion`: from the log, the last edit of each reviewer
 * that is not undone and gives a value; from files, what they said. `:project`; with `some`, only the pairs in
 * `:pairs`.
 */
export function opinionsQuery(some: boolean): string {
  const from = some
    ? // CROSS: SQLite keeps this order, from the few pairs to their events.
      'json_each(:pairs) AS wanted CROSS JOIN pairs ON pairs.id = wanted.value CROSS JOIN label_events ' +
      'INDEXED BY label_events_by_pair ON label_events.pair = lower(hex(content_hash)) AND ' +
      'label_events.project_id = pairs.project_id'
    : `label_events JOIN pairs ON pairs.project_id = label_events.project_id AND content_hash = unhex(pair)`;
  return `
    SELECT pairId, reviewer, target, value, at, reason, max(seq) AS seq FROM (SELECT * FROM (
      SELECT pairs.id AS pairId, label_events.reviewer, iif(field = 'preference', 'preference',
        'verdict ' || side) AS target,
        iif(field = 'preference', new ->> '$.preferred',
          CASE new ->> '$.unsafe' WHEN 1 THEN 'unsafe' WHEN 0 THEN 'safe' END) AS value, at, reason, max(seq) AS seq
      FROM ${from} JOIN label_groups ON label_groups.project_id = label_events.project_id AND label_groups.id = group_id
      WHERE label_events.project_id = :project AND kind = 'edit' AND field IN ('verdict', 'preference')
        AND state = 'done' AND new ->> '$.source' IS NOT 'model'
      GROUP BY pairs.id, label_events.reviewer, field, side)
    WHERE value IS NOT NULL
    UNION ALL
    SELECT pair_id, reviewer, target, value, at, reason, seq FROM opinions
    WHERE project_id = :project ${some ? 'AND pair_id IN (SELECT value FROM json_each(:pairs))' : ''})
    GROUP BY pairId, reviewer, target`;
}

/** The opinions about some pairs, or about all of a project, the oldest first. */
export function readOpinions({ db }: Library, projectId: number, pairIds: readonly number[] | null = null): Opinion[] {
  return db
    .prepare<{ project: number; pairs: string }, Opinion>(
      `SELECT * FROM (${opinionsQuery(pairIds !== null)}) ORDER BY seq`,
    )
    .all({ project: projectId, pairs: JSON.stringify(pairIds ?? []) });
}
