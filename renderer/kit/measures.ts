import type { BeforeAfter } from '../../preload/contract/operations/evaluation.ts';

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
