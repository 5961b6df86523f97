import { describe, expect, it } from 'vitest';
import { heldOutResult } from '../infer/held-out.ts';
import { stepMetrics } from './metrics.ts';

const pair = (chosenLogp: number, rejectedLogp: number, pairClass: 'safe_safe' | 'safe_unsafe') => ({
  item: { reference: { chosen: -10, rejected: -20 }, chosenIds: [1, 2], rejectedIds: [1, 2, 3, 4] },
  outcome: { chosenLogp, rejectedLogp, loss: -chosenLogp },
  pairClass,
});

describe('metrics of a step', () => {
  it('are means over the pairs, and over each class', () => {
    const metrics = stepMetrics(
      [pair(-8, -24, 'safe_safe'), pair(-14, -20, 'safe_unsafe'), pair(-10, -20, 'safe_unsafe')],
      0.5,
    );
    expect(metrics).toMatchObject({
      loss: 32 / 3,
      'rewards/chosen': (1 - 2 + 0) / 3,
      'rewards/rejected': -2 / 3,
      'rewards/margins': (3 - 2 + 0) / 3,
      // Won, lost, and one that has not moved.
      'rewards/accuracies': (1 + 0 + 0.5) / 3,
      'logps/chosen': -32 / 3,
      'safe_safe/rewards/margins': 3,
      'safe_unsafe/rewards/margins': -1,
      'safe_unsafe/rewards/accuracies': 0.25,
    });
    expect(metrics['kl']).toBeCloseTo((2 / 2 + 4 / 4 + 4 / 2) / 6, 14);
  });

  it('leave out a class that does not occur', () => {
    expect(
      Object.keys(stepMetrics([pair(-8, -24, 'safe_safe')], 0.5)).filter((name) => name.startsWith('safe_unsafe')),
    ).toEqual([]);
  });
});

describe('held-out preferences', () => {
  const items = [
    { chosenIds: [1, 2], rejectedIds: [1, 2, 3, 4], safeUnsafe: true },
    { chosenIds: [1], rejectedIds: [1], safeUnsafe: false },
  ];
  const reference = [
    { chosen: -10, rejected: -12 },
    { chosen: -5, rejected: -5 },
  ];

  it('a model equal to its reference wins half, with no margin; which answer it prefers is judged by the token', () => {
    expect(heldOutResult(items, reference, reference, 0.1)).toEqual({
      'rewards/accuracies': 0.5,
      safeUnsafeAccuracy: 0.5,
      safeLikelierShare: 0,
      'rewards/margins': 0,
      pairs: 2,
      safeUnsafePairs: 1,
    });
  });

  it('a model that moved', () => {
    const scores = [
      { chosen: -4, rejected: -12 },
      { chosen: -6, rejected: -5 },
    ];
    const made = heldOutResult(items, scores, reference, 0.1);
    expect(made).toMatchObject({ 'rewards/accuracies': 0.5, safeUnsafeAccuracy: 1, safeLikelierShare: 1 });
    expect(made?.['rewards/margins']).toBeCloseTo((0.6 - 0.1) / 2, 14);
  });

  it('nothing held out, nothing said; no safe > unsafe pair, no safety figure', () => {
    expect(heldOutResult([], [], [], 0.1)).toBeNull();
    expect(heldOutResult(items.slice(1), reference.slice(1), reference.slice(1), 0.1)).toMatchObject({
      safeUnsafeAccuracy: null,
      safeLikelierShare: null,
    });
  });
});
