import { expect, test } from 'vitest';
import { extendTrend, pointAt, summarize, tableRows, type Point, type Series } from './series.ts';

const points = Array.from({ length: 1000 }, (_, index) => ({ x: index * 10, y: index }));
const series: readonly Series[] = [
  { name: 'chosen', color: '--series-1', points },
  { name: 'rejected', color: '--series-2', points: points.filter((_, index) => index % 2 === 0) },
];

test('finds the value under the cursor', () => {
  expect([
    pointAt(points, -1),
    pointAt(points, 0),
    pointAt(points, 4999),
    pointAt(points, 1e9),
    pointAt([], 3),
  ]).toEqual([null, { x: 0, y: 0 }, { x: 4990, y: 499 }, { x: 9990, y: 999 }, null]);
});

test('a long history gives a short table, newest first, with gaps where a series has none', () => {
  const { rows, every } = tableRows(series, 200);
  expect({ every, length: rows.length, first: rows[0] }).toEqual({
    every: 5,
    length: 200,
    first: { x: 9990, values: [999, null] },
  });
  expect(tableRows(series, 1000).every).toBe(1);
});

test('the summary says where every series starts and ends', () => {
  expect(summarize('Log-probs', series, String)).toContain('chosen from 0 to 999 over 1000 points');
  expect(summarize('Loss', [{ name: 'loss', color: '--series-1', points: [] }], String)).toBe(
    'Loss. loss: no values yet.',
  );
});

test('the trend follows from the first value on and smooths what comes', () => {
  const trend: Point[] = [];
  extendTrend(trend, [{ x: 0, y: 10 }]);
  extendTrend(trend, [
    { x: 0, y: 10 },
    { x: 1, y: 0 },
    { x: 2, y: 5 },
  ]);
  expect(trend).toEqual([
    { x: 0, y: 10 },
    { x: 1, y: 5 },
    { x: 2, y: 5 },
  ]);
});
