import { diffWordsWithSpace } from 'diff';

export interface DiffPart {
  readonly text: string;
  readonly kind: 'same' | 'added' | 'removed';
}

/** Answers are capped for the comparison: a word diff is quadratic in the worst case. */
const longestCharacters = 20_000;

/**
 * Changed words beyond which texts count as too different; a limit of time would show a busy machine something else.
 */
const mostChanges = 2_000;

/**
 * The words both texts share, those only the first has (removed) and only the second has (added). Too long or too
 * different texts come back whole.
 */
export function diffWordsOf(before: string, after: string): DiffPart[] {
  const tooLong = before.length > longestCharacters || after.length > longestCharacters;
  const changes = tooLong ? undefined : diffWordsWithSpace(before, after, { maxEditLength: mostChanges });
  if (changes === undefined) {
    return [
      { text: before, kind: 'removed' },
      { text: after, kind: 'added' },
    ];
  }
  return joinChanges(
    changes.map((change) => ({
      text: change.value,
      kind: change.added ? 'added' : change.removed ? 'removed' : 'same',
    })),
  );
}

/** Fewer shared words than this between two changes are there by chance: marked apart, they make a diff unreadable. */
const fewestShared = 3;

/** Joins changes that only a few shared words keep apart. */
function joinChanges(parts: readonly DiffPart[]): DiffPart[] {
  const joined: DiffPart[] = [];
  let [removed, added] = ['', ''];
  const close = (): void => {
    if (removed !== '') joined.push({ text: removed, kind: 'removed' });
    if (added !== '') joined.push({ text: added, kind: 'added' });
    [removed, added] = ['', ''];
  };
  for (const [index, { text, kind }] of parts.entries()) {
    const between = index > 0 && index < parts.length - 1;
    if (kind === 'same' && !(between && text.split(/\s+/).filter((word) => word !== '').length < fewestShared)) {
      close();
      joined.push({ text, kind });
      continue;
    }
    if (kind !== 'added') removed += text;
    if (kind !== 'removed') added += text;
  }
  close();
  return joined;
}
