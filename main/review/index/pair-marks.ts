import type { Library } from '../../library/library.ts';
import { conflictedPairs } from '../opinions/conflicts.ts';
import { findingKinds } from '../lint/findings.ts';
import { conflictMark, type ReviewMarks, suggestedMark } from './review-state.ts';

/** What the tables of the review say of each pair they say anything of. `suggested`: the pairs with a suggestion. */
export function readMarks(library: Library, projectId: number, suggested: Iterable<number>): Map<number, ReviewMarks> {
  const marks = new Map(findingKinds(library, projectId));
  for (const pairId of suggested) addMark(marks, pairId, suggestedMark);
  for (const pairId of conflictedPairs(library, projectId)) addMark(marks, pairId, conflictMark);
  return marks;
}

/** Looks anew for conflicts about some pairs. */
export function updateConflictMarks(
  library: Library,
  projectId: number,
  marks: Map<number, ReviewMarks>,
  pairIds: readonly number[],
): void {
  for (const pairId of pairIds) marks.set(pairId, (marks.get(pairId) ?? '').replace(conflictMark, ''));
  for (const pairId of conflictedPairs(library, projectId, pairIds)) addMark(marks, pairId, conflictMark);
}

function addMark(marks: Map<number, ReviewMarks>, pairId: number, mark: ReviewMarks): void {
  marks.set(pairId, (marks.get(pairId) ?? '') + mark);
}
