import type { LintKind } from '../../preload/contract/review-filter.ts';
import type { Library } from '../library/library.ts';
import type { Side } from '../../preload/contract/pairs.ts';

/** One thing that label lint noticed about a pair. */
export interface Finding {
  readonly pairId: number;
  readonly kind: LintKind;
  /** `null`: it is about both responses or the prompt. */
  readonly side: Side | null;
  /** What was seen, e.g. the phrase of a refusal or the pair it equals. */
  readonly detail: string;
}

/** The kinds of findings by pair, comma-separated. */
export function findingKinds({ db }: Library, projectId: number): ReadonlyMap<number, string> {
  const rows = db
    .prepare<[number], { pairId: number; kinds: string }>('SELECT pair_id AS pairId, group_concat(DISTINCT kind) AS kinds FROM lint_findings WHERE project_id = ? GROUP BY pair_id')
    .all(projectId);
  return new Map(rows.map(({ pairId, kinds }) => [pairId, kinds]));
}

/** The findings about one pair. */
export function pairFindings({ db }: Library, pairId: number): Finding[] {
  return db.prepare<[number], Finding>('SELECT pair_id AS pairId, kind, side, detail FROM lint_findings WHERE pair_id = ? ORDER BY kind, side').all(pairId);
}
