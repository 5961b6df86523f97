import { expect, test } from 'vitest';
import { readFrom } from './read-from.ts';

const row = {
  row: 1,
  source: { ok_1: 'yes', ok_2: false, kinds: ['privacy'], better: 2, text: 'x'.repeat(60) },
  pair: null,
  issue: null,
};

test('a cell tells the columns it was read from, with what stood there', () => {
  const mapping = { safeA: 'ok_1', categoriesA: 'kinds', safeB: 'ok_2', preferred: 'better' };
  expect([readFrom(row, 'a', mapping), readFrom(row, 'b', mapping), readFrom(row, 'preferred', mapping)]).toEqual([
    ['ok_1: yes', 'kinds: ["privacy"]'],
    ['ok_2: false'],
    ['better: 2'],
  ]);
});

test('a response that is preferred by its column is named, not repeated', () => {
  expect(readFrom(row, 'preferred', { chosen: 'text' })).toEqual(['text']);
});

test('a column that the row does not have says nothing; long values are cut', () => {
  expect(readFrom(row, 'preferred', { preferred: 'missing' })).toEqual([]);
  expect(readFrom(row, 'preferred', { preferred: 'text' })).toEqual([`text: ${'x'.repeat(40)}…`]);
});
