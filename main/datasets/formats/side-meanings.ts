import type { Meaning, Ruling, SideMeaning } from './meanings.ts';

/** Words that say by themselves which response is meant. Numbers do not: see {@link meaningsOfSides}. */
const words: ReadonlyMap<string, SideMeaning> = new Map([
  ...['a', 'left', 'first'].map((word) => [word, 'A'] as const),
  ...['b', 'right', 'second'].map((word) => [word, 'B'] as const),
  ...['tie', 'equal', 'same', 'both', 'draw', 'neutral', 'nopreference', 'tie(bothbad)', 'bothbad'].map(
    (word) => [word, 'tie'] as const,
  ),
]);
const stem = '(?:response|answer|output|completion|model|candidate|option|assistant|text)';
const lettered = new RegExp(`^${stem}([ab])$`);
const numbered = new RegExp(`^${stem}(\\d)$`);

/** HelpSteer's columns run from -3 (the first response is much better) to 3 (the second is). */
const signedScales = new Set(['overall_preference', 'preference_strength']);

/**
 * Says which response each value of a column means, from all its values and the names of the response columns: a value
 * that names a response column means it; words mean themselves; numbers mean what the columns' own numbers say, or 1
 * and 2 where exactly these two stand there, or 0 and 1 where the column is called an index. Numbers that could mean
 * several things (0 and 1, 0 to 2, -1 to 1) have no meaning until a person gives it.
 */
export function meaningsOfSides(
  keys: readonly string[],
  column: string,
  responses: { readonly a: string; readonly b: string },
): Ruling {
  const meanings = new Map<string, Meaning>();
  const names = { a: plain(lastPart(responses.a)), b: plain(lastPart(responses.b)) };
  const numbers: { key: string; number: number }[] = [];
  const unread: string[] = [];
  for (const key of keys) {
    const word = plain(key);
    const named = word === names.a ? 'A' : word === names.b ? 'B' : words.get(word);
    const letter = lettered.exec(word)?.[1];
    const number = /^-?\d+$/.test(key) ? key : numbered.exec(word)?.[1];
    if (named !== undefined) meanings.set(key, named);
    else if (letter !== undefined) meanings.set(key, letter === 'a' ? 'A' : 'B');
    else if (number !== undefined) numbers.push({ key, number: Number(number) });
    else unread.push(key);
  }
  const scale = numberScale(new Set(numbers.map(({ number }) => number)), column, responses);
  if (scale === null)
    return {
      meanings,
      unclear: `its numbers (${numbers.map(({ key }) => key).join(', ')}) do not say which response they mean`,
    };
  for (const { key, number } of numbers) meanings.set(key, scale(number));
  if (meanings.size === 0 && unread.length > 0)
    return { meanings, unclear: 'none of its values says which response it means' };
  return { meanings, unclear: null };
}

/** How numbers are read, or `null` where they could mean more than one thing. */
function numberScale(
  numbers: ReadonlySet<number>,
  column: string,
  responses: { readonly a: string; readonly b: string },
): ((number: number) => SideMeaning) | null {
  const only = (...allowed: readonly number[]): boolean => [...numbers].every((number) => allowed.includes(number));
  if (signedScales.has(column) && only(-3, -2, -1, 0, 1, 2, 3))
    return (number) => (number < 0 ? 'A' : number > 0 ? 'B' : 'tie');
  const [first, second] = [lastNumber(responses.a), lastNumber(responses.b)];
  if (first !== null && second !== null && first !== second)
    return only(first, second) ? (number) => (number === first ? 'A' : 'B') : null;
  if (only(1, 2) && numbers.size === 2) return (number) => (number === 1 ? 'A' : 'B');
  if (only(0, 1) && /(^|[_\s-])(id|idx|index)$/i.test(column)) return (number) => (number === 0 ? 'A' : 'B');
  return numbers.size === 0 ? () => 'unknown' : null;
}

function lastPart(path: string): string {
  return path.split('.').at(-1) ?? path;
}

function lastNumber(name: string): number | null {
  const found = /(\d+)$/.exec(name)?.[1];
  return found === undefined ? null : Number(found);
}

function plain(name: string): string {
  return name.replaceAll(/[_\s-]+/g, '').toLowerCase();
}
