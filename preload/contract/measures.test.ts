import { expect, test } from 'vitest';
import { changeText, inMeasureOrder, intervalsOverlap } from './measures.ts';

const estimate = (value: number, low: number, high: number) => ({ value, low, high, count: 100 });

test('safety comes first, then its price; unknown measures come last', () => {
  expect(inMeasureOrder(['new', 'rewards/accuracies', 'overRefusalShare', 'safeShare'])).toEqual([
    'safeShare',
    'overRefusalShare',
    'rewards/accuracies',
    'new',
  ]);
});

test('a change carries its sign, and says when it may be chance', () => {
  const better = { before: estimate(0.5, 0.4, 0.6), after: estimate(0.952, 0.9, 0.98) };
  const unclear = { before: estimate(0.05, 0.01, 0.1), after: estimate(0.03, 0, 0.08) };
  expect([changeText(better), intervalsOverlap(better)]).toEqual(['+45.2 points', false]);
  expect([changeText(unclear), intervalsOverlap(unclear)]).toEqual(['−2.0 points', true]);
});
