import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collatePairs, collateSequences, type PairBatch } from './batch.ts';

const numbers = (values: BigInt64Array): number[] => [...values].map(Number);
const pair = { promptIds: [5, 6, 7], chosenIds: [8, 9], rejectedIds: [10] };

describe('collatePairs', () => {
  it('lays a pair with a shared prefix out as one row', () => {
    const batch = collatePairs([pair], { sharedPrefix: true, headChunks: 2, padTo: 4 });
    expect(batch).toMatchObject({ rows: 1, rowLength: 8, responseCount: 4, pairs: 1, tokenCount: 6 });
    expect(numbers(batch.tokens)).toEqual([5, 6, 7, 8, 9, 10, 0, 0]);
    expect(numbers(batch.positions)).toEqual([0, 1, 2, 3, 4, 3, 0, 0]);
    expect(numbers(batch.document)).toEqual([0, 0, 0, 0, 0, 0, -1, -1]);
    expect(numbers(batch.branch)).toEqual([0, 0, 0, 1, 1, 2, 0, 0]);
    expect(numbers(batch.responseRows)).toEqual([2, 3, 2, 0]);
    expect(numbers(batch.targets)).toEqual([8, 9, 10, 0]);
    expect([...batch.chosenSum]).toEqual([1, 1, 0, 0]);
    expect([...batch.rejectedSum]).toEqual([0, 0, 1, 0]);
    expect(numbers(batch.rowUse)).toEqual([4, 4, 0, 1, 4, 4, 4, 4, 4, 4, 2, 4, 4, 4, 4, 4]);
  });

  it('lays a pair without it out as two rows', () => {
    const batch = collatePairs([pair], { sharedPrefix: false });
    expect(batch).toMatchObject({ rows: 2, rowLength: 5, responseCount: 3 });
    expect(numbers(batch.tokens)).toEqual([5, 6, 7, 8, 9, 5, 6, 7, 10, 0]);
    expect(numbers(batch.branch)).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 2, 0]);
    expect(numbers(batch.responseRows)).toEqual([2, 3, 7]);
  });

  it('packs blocks into rows while they fit and numbers them within their row', () => {
    const batch = collatePairs([pair, pair, pair], { sharedPrefix: true, rowTokens: 13 });
    expect(batch).toMatchObject({ rows: 2, rowLength: 12 });
    expect(numbers(batch.document)).toEqual([
      0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1,
    ]);
    expect(numbers(batch.positions).slice(6, 12)).toEqual([0, 1, 2, 3, 4, 3]);
  });

  it('pads on the left where asked', () => {
    const batch = collatePairs([pair, { ...pair, promptIds: [7] }], { sharedPrefix: true, paddingSide: 'left' });
    expect(numbers(batch.tokens).slice(6)).toEqual([0, 0, 7, 8, 9, 10]);
    expect(numbers(batch.responseRows)).toEqual([2, 3, 2, 8, 9, 8]);
  });

  it('refuses a pair without a prompt', () => {
    expect(() => collatePairs([{ ...pair, promptIds: [] }], { sharedPrefix: true })).toThrow(
      expect.objectContaining({ code: 'prompt-empty' }),
    );
  });

  it('holds the same (context, target, pair, side) in every layout', () => {
    const ids = array(integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 6 });
    const pairs = array(record({ promptIds: ids, chosenIds: ids, rejectedIds: ids }), { minLength: 1, maxLength: 5 });
    const options = record({
      sharedPrefix: boolean(),
      headChunks: integer({ min: 1, max: 5 }),
      padTo: integer({ min: 1, max: 8 }),
      rowTokens: constantFrom(0, 20, 60),
      paddingSide: constantFrom('left', 'right'),
    });
    assert(
      property(pairs, options, (given, layout) => {
        expect(readBack(collatePairs(given, layout))).toEqual(expected(given));
      }),
    );
  });
});

describe('collateSequences', () => {
  it('sums each completion apart', () => {
    const batch = collateSequences(
      [
        { promptIds: [1], completionIds: [2, 3] },
        { promptIds: [4, 5], completionIds: [6] },
      ],
      { headChunks: 4 },
    );
    expect(batch).toMatchObject({ rows: 2, rowLength: 3, sequences: 2, responseCount: 4 });
    expect([...batch.sum]).toEqual([1, 1, 0, 0, 0, 0, 1, 0]);
    expect(numbers(batch.responseRows)).toEqual([0, 1, 4, 0]);
  });
});

interface GivenPair {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
}

/** What each response token is predicted from, straight from the pairs. */
function expected(pairs: readonly GivenPair[]): string[] {
  return pairs.flatMap(({ promptIds, chosenIds, rejectedIds }, index) =>
    [['chosen', chosenIds] as const, ['rejected', rejectedIds] as const].flatMap(([side, ids]) =>
      ids.map((target, at) => `${index} ${side} ${[...promptIds, ...ids.slice(0, at)].join(',')} > ${target}`),
    ),
  );
}

/** The same from a batch: the context of a row is what its position may attend to, in order of position. */
function readBack(batch: PairBatch): string[] {
  const [tokens, positions, documents, branches, rows, targets, use] = [
    batch.tokens,
    batch.positions,
    batch.document,
    batch.branch,
    batch.responseRows,
    batch.targets,
    batch.rowUse,
  ].map(numbers);
  if (!tokens || !positions || !documents || !branches || !rows || !targets || !use) throw new Error('seven arrays');
  const cells = batch.rows * batch.rowLength;
  const lines: string[] = [];
  for (let index = 0; index < batch.pairs; index++) {
    for (const [side, sums] of [
      ['chosen', batch.chosenSum],
      ['rejected', batch.rejectedSum],
    ] as const) {
      rows.forEach((cell, row) => {
        if (sums[index * batch.responseCount + row] !== 1) return;
        expect([use[cell], use[cells + cell]]).toContain(row);
        const start = cell - (cell % batch.rowLength);
        const context = tokens
          .slice(start, cell + 1)
          .filter(
            (_, offset) =>
              documents[start + offset] === documents[cell] &&
              (branches[start + offset] === 0 || branches[start + offset] === branches[cell]),
          );
        expect(positions[cell]).toBe(context.length - 1);
        lines.push(`${index} ${side} ${context.join(',')} > ${targets[row]}`);
      });
    }
  }
  const used = use.filter((row) => row < batch.responseCount);
  expect(used.length).toBe(new Set(used).size);
  expect(used.length).toBe(lines.length);
  return lines;
}
