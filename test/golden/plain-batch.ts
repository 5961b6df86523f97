import type { GoldenPair } from './fixture.ts';
import { largestOf } from '../../native-models/extremes.ts';

/** Numbers to feed, by input name, before they take a runtime's types. */
export interface PlainFeeds {
  readonly [name: string]: { readonly shape: readonly number[]; readonly data: readonly number[] };
}

/**
 * Pairs as the most ordinary batch: one row per response, prompt computed twice, padded on the right. Written without
 * text/batch on purpose: the two must agree.
 */
export function plainBatch(pairs: readonly GoldenPair[]): PlainFeeds {
  const sequences = [
    ...pairs.map(({ prompt, chosen }) => ({ prompt, response: chosen })),
    ...pairs.map(({ prompt, rejected }) => ({ prompt, response: rejected })),
  ];
  const seq = largestOf(sequences.map(({ prompt, response }) => prompt.length + response.length));
  const batch = sequences.length;
  const grid = (of: (ids: readonly number[], slot: number) => number): number[] =>
    sequences.flatMap(({ prompt, response }) =>
      Array.from({ length: seq }, (_, slot) => of([...prompt, ...response], slot)),
    );
  const rows = sequences.flatMap(({ prompt, response }, sequence) =>
    response.map((target, index) => ({ sequence, target, flat: sequence * seq + prompt.length + index - 1 })),
  );
  const use = Array.from({ length: batch * seq }, (_, flat) => {
    const found = rows.findIndex((row) => row.flat === flat);
    return found === -1 ? rows.length : found;
  });
  const sum = (half: number): number[] =>
    pairs.flatMap((_, pair) => rows.map(({ sequence }) => Number(sequence === pair + half * pairs.length)));
  const places = [batch, seq];
  return {
    tokens: { shape: places, data: grid((ids, slot) => ids[slot] ?? 0) },
    positions: { shape: places, data: grid((_, slot) => slot) },
    document: { shape: places, data: grid((ids, slot) => (slot < ids.length ? 0 : -1)) },
    branch: { shape: places, data: grid(() => 0) },
    slots: { shape: places, data: grid((_, slot) => slot) },
    response_rows: { shape: [rows.length], data: rows.map(({ flat }) => flat) },
    targets: { shape: [rows.length], data: rows.map(({ target }) => target) },
    row_use_first: { shape: places, data: use },
    row_use_second: { shape: places, data: use.map(() => rows.length) },
    chosen_sum: { shape: [pairs.length, rows.length], data: sum(0) },
    rejected_sum: { shape: [pairs.length, rows.length], data: sum(1) },
  };
}
