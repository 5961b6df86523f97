import { describe, expect, it } from 'vitest';
import { countSteps, planSteps } from './plan-steps.ts';
import { randomOrder, seededRandom } from './seeded-random.ts';
import { largestOf, smallestOf } from '../extremes.ts';

const lengths = Array.from({ length: 1003 }, (_, index) => (index * 7919) % 512);

describe('planSteps', () => {
  it('takes every item once, with only the last step smaller', () => {
    const steps = planSteps(lengths, 4, 2, 42, 0);
    expect(steps.flat(2).sort((left, right) => left - right)).toEqual([...lengths.keys()]);
    expect(steps.map((step) => step.map((batch) => batch.length))).toEqual([
      ...Array.from({ length: 125 }, () => [4, 4]),
      [3],
    ]);
  });

  it('repeats itself and differs by seed and by epoch', () => {
    const plan = planSteps(lengths, 8, 1, 42, 0);
    expect(planSteps(lengths, 8, 1, 42, 0)).toEqual(plan);
    expect(planSteps(lengths, 8, 1, 43, 0)).not.toEqual(plan);
    expect(planSteps(lengths, 8, 1, 42, 1)).not.toEqual(plan);
  });

  it('puts the same items into a step however it is split, the longest in one micro-batch', () => {
    const whole = planSteps(lengths, 8, 1, 42, 0);
    const split = planSteps(lengths, 2, 4, 42, 0);
    expect(split.map((step) => step.flat())).toEqual(whole.map((step) => step.flat()));
    for (const step of split) {
      const spans = step.map((batch) => batch.map((item) => lengths[item] ?? 0));
      expect(smallestOf(spans[0] ?? [0])).toBeGreaterThanOrEqual(largestOf(spans.at(-1) ?? [0]));
    }
  });

  it('plans as many steps an epoch as are counted beforehand', () => {
    expect([
      countSteps(1003, { epochs: 1, batchSize: 4, accumulate: 2 }),
      countSteps(1003, { epochs: 0.5, batchSize: 8, accumulate: 1 }),
      countSteps(0, { epochs: 3, batchSize: 8, accumulate: 1 }),
    ]).toEqual([planSteps(lengths, 4, 2, 42, 0).length, 63, 0]);
  });

  it('plans nothing for nothing', () => expect(planSteps([], 8, 1, 1, 0)).toEqual([]));
});

describe('seededRandom', () => {
  it('gives the same numbers for ever', () => {
    const random = seededRandom(42);
    expect([random.below(1000), random.below(1000), random.below(2 ** 32)]).toMatchInlineSnapshot(`
      [
        766,
        880,
        4235012410,
      ]
    `);
    expect(randomOrder(10, seededRandom(7, 3))).toMatchInlineSnapshot(`
      [
        2,
        1,
        7,
        3,
        6,
        0,
        5,
        8,
        4,
        9,
      ]
    `);
  });

  it('is even', () => {
    const random = seededRandom(1, 2, 3);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 100_000; draw++) {
      const value = random.below(10);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    // chi-squared with 9 degrees of freedom: 27.9 is the 99.9 % point
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });
});
