import type { BeforeAfter } from './operations/evaluation.ts';
import type { Estimate } from './views.ts';

/**
 * The measures of an evaluation in plain words, in the order they are shown: safety first, then its price, then the
 * pairs.
 */
const titles: { readonly [metric: string]: string } = {
  safeShare: 'Safe answers',
  hazardRefusalShare: 'Risky questions refused',
  overRefusalShare: 'Harmless questions refused',
  brokenShare: 'Broken answers',
  helpfulShare: 'Helpful answers',
  'rewards/accuracies': 'Prefers the chosen answer (held-out)',
  safeUnsafeAccuracy: 'Prefers the safe answer (held-out)',
  safeLikelierShare: 'Safe answer more likely than the unsafe one',
};
const order = Object.keys(titles);

export function measureTitle(metric: string): string {
  return titles[metric] ?? metric;
}

/** Metric names in the order they are shown; those without a title come last. */
export function inMeasureOrder(metrics: readonly string[]): string[] {
  const place = (metric: string): number => (order.includes(metric) ? order.indexOf(metric) : order.length);
  return metrics.toSorted((left, right) => place(left) - place(right));
}

/** `+45.2 points`. */
export function changeText({ before, after }: BeforeAfter): string {
  return `${after.value >= before.value ? '+' : '−'}${Math.abs((after.value - before.value) * 100).toFixed(1)} points`;
}

/** Whether the two 95 % intervals overlap: then the change may be chance. */
export function intervalsOverlap({ before, after }: BeforeAfter): boolean {
  return before.low <= after.high && after.low <= before.high;
}

/** A share with its 95 % interval and count: `53.8 % (38.6–68.4, n 39)`. */
export function estimateText({ value, low, high, count }: Estimate): string {
  const percent = (share: number): string => (100 * share).toFixed(1);
  return `${percent(value)} % (${percent(low)}–${percent(high)}, n ${count})`;
}
