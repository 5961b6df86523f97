import type { Suggestion } from '../../../../preload/contract/review-views.ts';
import type { LabelEvent } from '../../../../preload/contract/operations/labels.ts';

/** What a person does to a label; an import says nothing to a suggestion, and an undo takes back what was said. */
const answers: ReadonlySet<LabelEvent['kind']> = new Set(['edit', 'adjudicate', 'redo']);

/** The first suggestion that no person has answered, by a pair's history, newest first. */
export function openSuggestion(
  suggestions: readonly Suggestion[],
  history: readonly LabelEvent[],
): Suggestion | undefined {
  const newestOn = (target: Suggestion['target']): LabelEvent | undefined =>
    history.find(({ field, side }) => (side === null ? field : `${field} ${side}`) === target);
  return suggestions.find(({ target }) => {
    const newest = newestOn(target);
    return newest === undefined || !answers.has(newest.kind);
  });
}
