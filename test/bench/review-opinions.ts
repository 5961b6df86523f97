import { editLabels } from '../../main/labels/edit.ts';
import type { Library } from '../../main/library/library.ts';
import { transactReview } from '../../main/labels/revision.ts';
import { storeSuggestions } from '../../main/review/suggestions/suggestion-store.ts';

/**
 * What two reviewers, a scorer, lint and a file of opinions leave in a library of `pairs` pairs, so that every kind of
 * filter finds something.
 */
export function reviewPairs(library: Library, projectId: number, pairs: number): void {
  const every = (step: number, from: number): number[] =>
    Array.from({ length: Math.floor((pairs - from) / step) }, (_, index) => from + index * step);
  editLabels(
    library,
    projectId,
    { reviewer: 'Ada', reason: '' },
    every(100, 1).map((pairId) => ({ pairId, field: 'verdict', side: 'a', value: true })),
  );
  editLabels(
    library,
    projectId,
    { reviewer: 'Grace', reason: '' },
    every(150, 2).flatMap((pairId) => [
      { pairId, field: 'preference' as const, value: 'b' as const },
      { pairId, field: 'flag' as const, value: true },
    ]),
  );
  storeSuggestions(
    library,
    projectId,
    every(10, 3).map((pairId) => ({ pairId, scorer: 'a guard', target: 'verdict a', score: (pairId % 97) / 97 })),
  );
  transactReview(library, projectId, () => {
    const finding = library.db.prepare(
      "INSERT INTO lint_findings (pair_id, project_id, kind, side, detail) VALUES (?, ?, ?, 'a', '')",
    );
    for (const pairId of every(15, 4))
      finding.run(pairId, projectId, pairId % 2 === 0 ? 'truncated-response' : 'near-duplicate-prompt');
    const opinion = library.db.prepare(
      'INSERT INTO opinions (pair_id, project_id, reviewer, target, value, at, reason, seq) VALUES (?, ?, ' +
        "'Linus', 'verdict a', 'safe', '2026-01-01T00:00:00.000Z', '', 1)",
    );
    for (const pairId of every(300, 5)) opinion.run(pairId, projectId);
  });
}
