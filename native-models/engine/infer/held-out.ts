import type { HeldOutResult } from '../../protocol/run-folder/train-events.ts';
import type { PairScore } from './scorer.ts';

export interface HeldOutItem {
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
  readonly safeUnsafe: boolean;
}

/** 1 when the first is larger, half when equal (a policy that has not moved from its reference), else 0. */
export function preference(chosen: number, rejected: number): number {
  return chosen === rejected ? 0.5 : Number(chosen > rejected);
}

/** Compares scores with the reference's. `null` where nothing is held out. */
export function heldOutResult(
  items: readonly HeldOutItem[],
  scores: readonly PairScore[],
  reference: readonly PairScore[],
  beta: number,
): HeldOutResult | null {
  if (items.length === 0) return null;
  const rows = items.map((item, index) => {
    const [score, base] = [
      scores[index] ?? { chosen: Number.NaN, rejected: Number.NaN },
      reference[index] ?? { chosen: Number.NaN, rejected: Number.NaN },
    ];
    const rewards = { chosen: score.chosen - base.chosen, rejected: score.rejected - base.rejected };
    const perToken = preference(score.chosen / item.chosenIds.length, score.rejected / item.rejectedIds.length);
    return {
      item,
      margin: beta * (rewards.chosen - rewards.rejected),
      reward: preference(rewards.chosen, rewards.rejected),
      perToken,
    };
  });
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const safety = rows.filter(({ item }) => item.safeUnsafe);
  return {
    'rewards/accuracies': average(rows.map(({ reward }) => reward)),
    safeUnsafeAccuracy: safety.length === 0 ? null : average(safety.map(({ reward }) => reward)),
    safeLikelierShare: safety.length === 0 ? null : average(safety.map(({ perToken }) => perToken)),
    'rewards/margins': average(rows.map(({ margin }) => margin)),
    pairs: rows.length,
    safeUnsafePairs: safety.length,
  };
}
