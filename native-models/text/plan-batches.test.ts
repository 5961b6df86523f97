import { describe, expect, it } from 'vitest';
import { planBatches } from './plan-batches.ts';
import { randomOrder, seededRandom } from './seeded-random.ts';

const lengths = Array.from({ length: 1003 }, (_, index) => (index * 7919) % 512);

describe('planBatches', () => {
  it('takes every item once, with only the last batch smaller', () => {
    const batches = planBatches(lengths, 8, 42, 0);
    expect(batches.flat().sort((left, right) => left - right)).toEqual([...lengths.keys()]);
    expect(batches.map((batch) => batch.length)).toEqual([...Array.from({ length: 125 }, () => 8), 3]);
  });

  it('repeats itself and differs by seed and by epoch', () => {
    const plan = planBatches(lengths, 8, 42, 0);
    expect(planBatches(lengths, 8, 42, 0)).toEqual(plan);
    expect(planBatches(lengths, 8, 43, 0)).not.toEqual(plan);
    expect(planBatches(lengths, 8, 42, 1)).not.toEqual(plan);
  });

  it('puts items of like length together but not in order of length', () => {
    const batches = planBatches(lengths, 8, 42, 0);
    const spans = batches.map((batch) => Math.max(...batch.map((item) => lengths[item] ?? 0)) - Math.min(...batch.map((item) => lengths[item] ?? 0)));
    expect(spans.reduce((sum, span) => sum + span, 0) / spans.length).toBeLessThan(20);
    const longest = batches.map((batch) => Math.max(...batch.map((item) => lengths[item] ?? 0)));
    expect(longest).not.toEqual(longest.toSorted((left, right) => right - left));
  });

  it('plans nothing for nothing', () => expect(planBatches([], 8, 1, 0)).toEqual([]));
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
