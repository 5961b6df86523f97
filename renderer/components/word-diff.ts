import { diffWordsWithSpace } from 'diff';

export interface DiffPart {
  readonly text: string;
  readonly kind: 'same' | 'added' | 'removed';
}

/** Answers are capped for the comparison: a word diff is quadratic in the worst case. */
const longestCharacters = 20_000;

/** The words both texts share, those only the first has (removed) and only the second has (added). Too long or too different texts come back whole. */
export function diffWordsOf(before: string, after: string): DiffPart[] {
  const tooLong = before.length > longestCharacters || after.length > longestCharacters;
  const changes = tooLong ? undefined : diffWordsWithSpace(before, after, { timeout: 50 });
  if (changes === undefined) {
    return [
      { text: before, kind: 'removed' },
      { text: after, kind: 'added' },
    ];
  }
  return changes.map((change) => ({ text: change.value, kind: change.added ? 'added' : change.removed ? 'removed' : 'same' }));
}
