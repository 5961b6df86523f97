import type { Library } from '../../library/library.ts';
import type { Finding } from '../../../preload/contract/review-views.ts';

export type { Finding } from '../../../preload/contract/review-views.ts';

/** The kinds of findings by pair, comma-separated. */
export function findingKinds({ db }: Library, projectId: number): ReadonlyMap<number, string> {
  const rows = db
    .prepare<[number], { pairId: number; kinds: string }>(
      'SELECT pair_id AS pairId, group_concat(DISTINCT kind) AS kinds FROM lint_findings WHERE project_id = ' +
        '? GROUP BY pair_id',
    )
    .all(projectId);
  return new Map(rows.map(({ pairId, kinds }) => [pairId, kinds]));
}

/** The findings about one pair. */
export function pairFindings({ db }: Library, pairId: number): Finding[] {
  return db
    .prepare<[number], Finding>(
      'SELECT pair_id AS pairId, kind, side, detail FROM lint_findings WHERE pair_id = ? ORDER BY kind, side',
    )
    .all(pairId);
}
