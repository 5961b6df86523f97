import type { Library } from './library.ts';

/**
 * What is numbered by `newNumber`. Pairs and events of the label log have numbers of their own that are not given twice
 * either.
 */
export type NumberedKind = 'project' | 'dataset' | 'audit';

/**
 * The next number of a kind. It is never given again, also when what has it is deleted. Use it inside the transaction
 * that stores it.
 */
export function newNumber({ db }: Library, kind: NumberedKind): number {
  const number = db
    .prepare<[string], number>('UPDATE given_numbers SET last = last + 1 WHERE kind = ? RETURNING last')
    .pluck()
    .get(kind);
  if (number === undefined) throw new RangeError(`given_numbers has no row for ${kind}`);
  return number;
}
