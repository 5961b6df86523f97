import { describe, expect, it } from 'vitest';
import { learningRateAt } from './schedule.ts';

const settings = { learningRate: 0.2, totalSteps: 12, warmupSteps: 2 };

describe('learning rates step by step', () => {
  it('rise from zero over the warm-up', () => {
    for (const schedule of ['cosine', 'linear', 'constant'] as const)
      expect(
        [0, 1, 2].map((step) => learningRateAt(step, { ...settings, schedule })),
        schedule,
      ).toEqual([0, 0.1, 0.2]);
  });

  it('then fall along half a cosine, a line, or not at all', () => {
    expect(learningRateAt(7, { ...settings, schedule: 'cosine' })).toBeCloseTo(0.1, 14);
    expect(learningRateAt(12, { ...settings, schedule: 'cosine' })).toBeCloseTo(0, 14);
    expect(learningRateAt(4.5, { ...settings, schedule: 'cosine' })).toBeCloseTo(0.1 * (1 + Math.SQRT1_2), 14);
    expect(learningRateAt(7, { ...settings, schedule: 'linear' })).toBeCloseTo(0.1, 14);
    expect(learningRateAt(12, { ...settings, schedule: 'linear' })).toBe(0);
    expect(learningRateAt(11, { ...settings, schedule: 'constant' })).toBe(0.2);
  });

  it('start at the full rate without a warm-up', () => {
    for (const schedule of ['cosine', 'linear', 'constant'] as const)
      expect(learningRateAt(0, { ...settings, warmupSteps: 0, schedule }), schedule).toBe(0.2);
  });
});
