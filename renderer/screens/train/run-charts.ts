import { formatNumber, formatShare } from '../../kit/format.ts';
import type { AxisRange } from '../../kit/charts/line-plot.ts';
import type { Series } from '../../kit/charts/series.ts';
import type { StepValueName } from '../../../native-models/vocabulary/metrics.ts';

/** What a curve shows. Memory is in GiB here, for its axis. */
export type ChartMetric = Exclude<StepValueName, 'memoryBytes'> | 'memoryGibibytes';

export interface ChartPlan {
  readonly title: string;
  readonly unit?: string;
  readonly format: (value: number) => string;
  readonly range?: AxisRange;
  /**
   * `exact`: set or measured without noise, so it is drawn as it is; a smoothed learning rate would lag behind the real
   * one.
   */
  readonly lines: readonly (Omit<Series, 'points' | 'trend'> & {
    readonly metric: ChartMetric;
    readonly exact?: true;
  })[];
}

/**
 * The six charts of a run; what is measured on another scale has its axis at the right. Metric names are TRL's; a
 * prefix names the pair class.
 */
export const chartPlans: readonly ChartPlan[] = [
  {
    title: 'Loss',
    format: formatNumber,
    lines: [
      { name: 'all', metric: 'loss', color: '--series-1' },
      { name: 'safe › unsafe', metric: 'safe_unsafe/loss', color: '--series-2', dashed: true },
      { name: 'safe › safe', metric: 'safe_safe/loss', color: '--series-3', dashed: true },
    ],
  },
  {
    title: 'Reward margins',
    unit: 'β · nats',
    format: formatNumber,
    lines: [
      { name: 'safe › unsafe', metric: 'safe_unsafe/rewards/margins', color: '--series-2' },
      { name: 'safe › safe', metric: 'safe_safe/rewards/margins', color: '--series-3', dashed: true },
    ],
  },
  {
    title: 'Accuracies by pair class',
    format: formatShare,
    range: { from: 0, to: 1 },
    lines: [
      { name: 'safe › unsafe', metric: 'safe_unsafe/rewards/accuracies', color: '--series-2' },
      { name: 'safe › safe', metric: 'safe_safe/rewards/accuracies', color: '--series-3', dashed: true },
    ],
  },
  {
    title: 'Log-probs',
    unit: 'nats',
    format: formatNumber,
    lines: [
      { name: 'chosen', metric: 'logps/chosen', color: '--series-1' },
      { name: 'rejected', metric: 'logps/rejected', color: '--series-4', dashed: true },
      { name: 'KL per token', metric: 'kl', color: '--series-3', dashed: true, right: formatNumber },
    ],
  },
  {
    title: 'Gradient norm and learning rate',
    format: formatNumber,
    range: { from: 0 },
    lines: [
      { name: 'norm before clipping', metric: 'grad_norm', color: '--series-1' },
      {
        name: 'learning rate',
        metric: 'learning_rate',
        exact: true,
        color: '--series-4',
        dashed: true,
        right: formatNumber,
      },
    ],
  },
  {
    title: 'Throughput and memory',
    format: formatNumber,
    range: { from: 0 },
    lines: [
      { name: 'pairs/s', metric: 'pairsPerSecond', color: '--series-1' },
      {
        name: 'memory, GiB',
        metric: 'memoryGibibytes',
        exact: true,
        color: '--series-4',
        dashed: true,
        right: formatNumber,
      },
    ],
  },
];
