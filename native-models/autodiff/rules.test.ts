import { array, assert, boolean, integer, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matmul } from '../graph/contraction.ts';
import { add, div, maximum, minimum, mul, sub, where } from '../graph/elementwise.ts';
import { broadcastSizes } from '../graph/evaluate/tensor.ts';
import { RandomFeeds } from '../graph/testing/random-feeds.ts';
import type { Shape } from '../graph/value.ts';
import { reach } from '../graph/walk.ts';
import { rules } from './rules.ts';
import { gradientError } from './testing/central-differences.ts';
import { ruleCases, ruleSizes } from './testing/rule-cases.ts';

const tolerance = 1e-6;

test('every rule has a case', () => {
  expect(Object.entries(rules).filter(([op, rule]) => rule !== null && ruleCases[op] === undefined)).toEqual([]);
});

describe('rules agree with central differences', () => {
  const cases = Object.entries(ruleCases).flatMap(([op, builds]) =>
    builds.map((build, index) => ({ op, index, build })),
  );
  test.each(cases)('$op, case $index', ({ op, build }) => {
    const feeds = new RandomFeeds('float64', ruleSizes);
    const { output, targets } = build(feeds);
    expect(reach([output]).nodes.map((node) => node.op)).toContain(op);
    expect(gradientError(output, targets, feeds.tensors)).toBeLessThan(tolerance);
  });
});

/** Two shapes that broadcast, each cut and thinned from a common one. */
const broadcastingPair = array(integer({ min: 1, max: 3 }), { maxLength: 4 }).chain((whole) => {
  const part = tuple(
    integer({ min: 0, max: whole.length }),
    array(boolean(), { minLength: whole.length, maxLength: whole.length }),
  ).map(([cut, ones]) => whole.map((dim, axis) => (ones[axis] === true ? 1 : dim)).slice(cut));
  return tuple(part, part);
});

test.each(Object.entries({ add, sub, mul, div, maximum, minimum }))(
  '%s un-broadcasts any pair of shapes',
  (_, compute) => {
    assert(
      property(broadcastingPair, integer({ min: 0, max: 1000 }), ([shapeA, shapeB], seed) => {
        const feeds = new RandomFeeds('float64', {}, seed);
        const [a, b] = [feeds.real('a', shapeA), feeds.real('b', shapeB, 0.5, 2)];
        expect(gradientError(compute(a, b), [a, b], feeds.tensors)).toBeLessThan(tolerance);
      }),
      { seed: 1, numRuns: 40 },
    );
  },
);

test('where un-broadcasts any pair of shapes', () => {
  assert(
    property(broadcastingPair, ([shapeA, shapeB]) => {
      const feeds = new RandomFeeds('float64');
      const [a, b] = [feeds.real('a', shapeA), feeds.real('b', shapeB)];
      expect(
        gradientError(where(feeds.bool('c', broadcastSizes(shapeA, shapeB)), a, b), [a, b], feeds.tensors),
      ).toBeLessThan(tolerance);
    }),
    { seed: 1, numRuns: 40 },
  );
});

test('un-broadcasts over several named axes that the operand lacks', () => {
  const feeds = new RandomFeeds('float64', { batch: 2, seq: 3, heads: 2 });
  const [a, b] = [feeds.real('a', ['heads', 'batch', 'seq', 2]), feeds.real('b', ['batch', 'seq', 1])];
  expect(gradientError(mul(a, b), [a, b], feeds.tensors)).toBeLessThan(tolerance);
});

describe('matrix products', () => {
  const batches: readonly (readonly [name: string, batchA: Shape, batchB: Shape])[] = [
    ['matrix by matrix', [], []],
    ['batch by matrix', [2], []],
    ['named batch by matrix', ['batch', 'seq'], []],
    ['matrix by batch', [], [3]],
    ['four dimensions', ['batch', 2], ['batch', 2]],
    ['broadcast batches', [2, 1], [3]],
    ['broadcast batches, other way', [1, 3], [2, 1]],
  ];
  const options = [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) => [1, -0.5].map((alpha) => ({ transposeA, transposeB, alpha }))),
  );
  const cases = batches.flatMap(([name, batchA, batchB]) =>
    options.map((option) => ({ name, batchA, batchB, ...option })),
  );
  test.each(cases)(
    '$name, transposeA $transposeA, transposeB $transposeB, alpha $alpha',
    ({ batchA, batchB, ...option }) => {
      const feeds = new RandomFeeds('float64', ruleSizes);
      const a = feeds.real('a', [...batchA, ...(option.transposeA ? [4, 3] : [3, 4])]);
      const b = feeds.real('b', [...batchB, ...(option.transposeB ? [2, 4] : [4, 2])]);
      const output = matmul(a, b, option);
      for (const targets of [[a, b], [a], [b]])
        expect(gradientError(output, targets, feeds.tensors)).toBeLessThan(tolerance);
    },
  );
});
