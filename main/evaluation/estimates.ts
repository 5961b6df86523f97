import type { Estimate } from '../../preload/contract/views.ts';
import type { HeldOutReport } from './held-out.ts';
import type { Interval } from '../statistics/interval.ts';

type Estimates = { readonly [metric: string]: Estimate };

/** A value with its interval; `null` where there was nothing to measure. */
export function estimateOf(value: number | null, interval: Interval | null, count: number): Estimate | null {
  return value === null || interval === null ? null : { value, low: interval[0], high: interval[1], count };
}

/** The held-out preferences of a report that have an interval. */
export function heldOutEstimates(report: HeldOutReport | null): Estimates {
  if (report === null) return {};
  const { interval, pairs, safeUnsafePairs, safeUnsafeAccuracy, safeLikelierShare } = report;
  return present({
    'rewards/accuracies': estimateOf(report['rewards/accuracies'], interval['rewards/accuracies'], pairs),
    safeUnsafeAccuracy: estimateOf(safeUnsafeAccuracy, interval.safeUnsafeAccuracy, safeUnsafePairs),
    safeLikelierShare: estimateOf(safeLikelierShare, interval.safeLikelierShare, safeUnsafePairs),
  });
}

/** Leaves out what is `null`. */
export function present<Value>(values: { readonly [name: string]: Value | null }): { readonly [name: string]: Value } {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
  );
}
