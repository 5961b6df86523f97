import type { Library } from '../../library/library.ts';
import { transactReview } from '../../labels/revision.ts';
import type { Suggestion } from '../../../preload/contract/review-views.ts';

export type { Suggestion } from '../../../preload/contract/review-views.ts';

/** Stores suggestions; a newer one of the same scorer takes the place of the older. */
export function storeSuggestions(library: Library, projectId: number, suggestions: readonly Suggestion[]): void {
  const insert = library.db.prepare(
    'INSERT OR REPLACE INTO suggestions (pair_id, project_id, scorer, target, score, at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const at = new Date().toISOString();
  transactReview(library, projectId, () => {
    for (const { pairId, scorer, target, score } of suggestions)
      insert.run(pairId, projectId, scorer, target, score, at);
  });
}

/** All suggestions about a pair. */
export function pairSuggestions({ db }: Library, pairId: number): Suggestion[] {
  return db
    .prepare<[number], Suggestion>(
      'SELECT pair_id AS pairId, scorer, target, score FROM suggestions WHERE pair_id = ? ORDER BY scorer, target',
    )
    .all(pairId);
}

/**
 * How unsure the scorers are of each pair, 0 (sure) to 1 (score one half): the most informative pairs to label come
 * first by it.
 */
export function informativeness({ db }: Library, projectId: number): ReadonlyMap<number, number> {
  const rows = db
    .prepare<[number], { id: number; unsure: number }>(
      'SELECT pair_id AS id, max(1 - abs(2 * score - 1)) AS unsure FROM suggestions WHERE project_id = ? ' +
        'GROUP BY pair_id',
    )
    .all(projectId);
  return new Map(rows.map(({ id, unsure }) => [id, unsure]));
}
