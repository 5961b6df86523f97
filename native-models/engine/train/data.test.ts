import { describe, expect, it } from 'vitest';
import { type EncodedItem, mostResponseTokens, planEpoch, referencedItems, scoresAt, trainingItems } from './data.ts';

const item = (tokens: number, pairClass: EncodedItem['pairClass'] = 'safe_safe'): EncodedItem => ({
  promptIds: [1],
  chosenIds: Array.from({ length: tokens }, () => 2),
  rejectedIds: [3],
  pairClass,
});
const items = Array.from({ length: 23 }, (_, index) => item(1 + ((index * 7) % 23)));
const settings = { batchSize: 3, accumulate: 2, seed: 5 };

describe('the steps of an epoch', () => {
  it('take every pair once, in micro-batches of at most the asked size', () => {
    for (const epoch of [0, 1, 2]) {
      const plan = planEpoch(items, settings, epoch);
      expect(plan).toHaveLength(4);
      expect(plan.flat(2).sort((a, b) => a - b)).toEqual([...items.keys()]);
      for (const batch of plan.flat()) expect(batch.length).toBeLessThanOrEqual(3);
      for (const step of plan) expect(step.length).toBeLessThanOrEqual(2);
    }
  });

  it('are the same for the same seed and epoch, and others for another', () => {
    expect(planEpoch(items, settings, 1)).toEqual(planEpoch(items, settings, 1));
    expect(planEpoch(items, settings, 2)).not.toEqual(planEpoch(items, settings, 1));
    expect(planEpoch(items, { ...settings, seed: 6 }, 1)).not.toEqual(planEpoch(items, settings, 1));
  });
});

describe('the pairs whose reference is asked for', () => {
  const of = (changes: Partial<Parameters<typeof referencedItems>[1]>, leastSteps = 0): readonly number[] =>
    referencedItems(items, { ...settings, objective: 'safedpo', epochs: 1, ...changes }, leastSteps);
  const firstSteps = (count: number): readonly number[] =>
    planEpoch(items, settings, 0)
      .slice(0, count)
      .flat(2)
      .sort((a, b) => a - b);

  it('are all of a whole epoch and of more', () => {
    for (const epochs of [1, 1.25, 3]) expect(of({ epochs })).toEqual([...items.keys()]);
  });

  it('are those of the steps that part of an epoch takes, and a longer part has them too', () => {
    expect(of({ epochs: 0.5 })).toEqual(firstSteps(2));
    expect(of({ epochs: 0.5 })).toHaveLength(12);
    expect(of({ epochs: 0.75 })).toEqual(expect.arrayContaining([...of({ epochs: 0.5 })]));
    expect(of({ epochs: 0.25 }, 3)).toEqual(firstSteps(3));
  });

  it('are none for an objective without a reference', () => {
    expect(of({ objective: 'sft' })).toEqual([]);
  });

  it('keep their places; the others have no number', () => {
    const score = { chosen: -1, rejected: -2 };
    expect(scoresAt([2], [score], 4)).toEqual([
      { chosen: Number.NaN, rejected: Number.NaN },
      { chosen: Number.NaN, rejected: Number.NaN },
      score,
      { chosen: Number.NaN, rejected: Number.NaN },
    ]);
  });
});

describe('what the objective is given', () => {
  const pairs = [item(2, 'safe_unsafe'), item(2)];

  it('no rejected response where it looks at none', () => {
    expect(
      trainingItems(pairs, [], { beta: 0.1, labelSmoothing: 0, objective: 'sft', delta: 5 }).map(
        ({ rejectedIds }) => rejectedIds,
      ),
    ).toEqual([[], []]);
    expect(
      trainingItems(pairs, [], { beta: 0.1, labelSmoothing: 0, objective: 'dpo', delta: 5 }).map(
        ({ rejectedIds }) => rejectedIds,
      ),
    ).toEqual([[3], [3]]);
  });

  it('the reference of its own pair', () => {
    const references = [
      { chosen: -1, rejected: -2 },
      { chosen: -3, rejected: -4 },
    ];
    expect(
      trainingItems(pairs, references, { beta: 0.1, labelSmoothing: 0, objective: 'safedpo', delta: 5 }).map(
        ({ reference }) => reference,
      ),
    ).toEqual(references);
  });

  it('the most response tokens of a micro-batch are those of its longest pairs', () => {
    expect(mostResponseTokens([item(5), item(1), item(9)], 2)).toBe(10 + 6);
    expect(mostResponseTokens([], 2)).toBe(0);
  });
});
