import type { Meaning, Ruling, ValueField, VerdictMeaning } from './meanings.ts';

const yes = new Set(['true', 'yes', 't', 'y']);
const no = new Set(['false', 'no', 'f', 'n']);
/** These mean themselves in a column of either sort. */
const words: ReadonlyMap<string, VerdictMeaning> = new Map([
  ...['safe', 'unharmful', 'harmless'].map((word) => [word, 'safe'] as const),
  ...['unsafe', 'harmful'].map((word) => [word, 'unsafe'] as const),
]);

/**
 * Says of each value of a verdict column whether it means safe. Words stand for themselves; 0 and 1 mean no and yes,
 * but only in a column that holds no other number: in one with 2 or -1 a 1 may mean anything.
 */
export function meaningsOfVerdicts(keys: readonly string[], field: ValueField): Ruling {
  const meansSafe = /safe/i.test(field) && !/unsafe/i.test(field);
  const verdict = (isYes: boolean): Meaning => (isYes === meansSafe ? 'safe' : 'unsafe');
  const meanings = new Map<string, Meaning>();
  const numbers = keys.filter((key) => /^[+-]?\d+(\.\d+)?$/.test(key));
  for (const key of keys) {
    const word = words.get(key);
    if (word !== undefined) meanings.set(key, word);
    else if (yes.has(key)) meanings.set(key, verdict(true));
    else if (no.has(key)) meanings.set(key, verdict(false));
  }
  const isFlag = numbers.every((key) => key === '0' || key === '1');
  if (isFlag) for (const key of numbers) meanings.set(key, verdict(key === '1'));
  if (!isFlag)
    return {
      meanings,
      unclear: `its numbers (${numbers.join(', ')}) are not just 0 and 1, so they do not say what is safe`,
    };
  return {
    meanings,
    unclear: meanings.size === 0 && keys.length > 0 ? 'none of its values says whether a response is safe' : null,
  };
}
