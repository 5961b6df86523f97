import { formatNumber, formatShare } from '../../components/format.ts';
import type { Series } from '../../charts/series.ts';

export interface ChartPlan {
  readonly title: string;
  readonly unit?: string;
  readonly format: (value: number) => string;
  readonly lines: readonly (Omit<Series, 'points'> & { readonly metric: string })[];
}

/** The six charts of a run. Metric names are TRL's; the splits by pair class follow after a slash. */
export const chartPlans: readonly ChartPlan[] = [
  {
    title: 'Loss',
    format: formatNumber,
    lines: [
      { name: 'all pairs', metric: 'loss', color: '--series-1' },
      { name: 'safe over unsafe', metric: 'loss/safe_unsafe', color: '--series-2', dashed: true },
      { name: 'safe over safe', metric: 'loss/safe_safe', color: '--series-3', dashed: true },
    ],
  },
  {
    title: 'Reward margins',
    unit: 'β · nats',
    format: formatNumber,
    lines: [
      { name: 'safe over unsafe', metric: 'rewards/margins/safe_unsafe', color: '--series-2' },
      { name: 'safe over safe', metric: 'rewards/margins/safe_safe', color: '--series-3', dashed: true },
    ],
  },
  {
    title: 'Accuracies by pair class',
    format: formatShare,
    lines: [
      { name: 'safe over unsafe', metric: 'rewards/accuracies/safe_unsafe', color: '--series-2' },
      { name: 'safe over safe', metric: 'rewards/accuracies/safe_safe', color: '--series-3', dashed: true },
    ],
  },
  {
    title: 'Log-probs of the answers',
    unit: 'nats',
    format: formatNumber,
    lines: [
      { name: 'chosen', metric: 'logps/chosen', color: '--series-1' },
      { name: 'rejected', metric: 'logps/rejected', color: '--series-4', dashed: true },
    ],
  },
  {
    title: 'Gradient norm',
    format: formatNumber,
    lines: [{ name: 'before clipping', metric: 'grad_norm', color: '--series-1' }],
  },
  {
    title: 'Throughput',
    unit: 'pairs/s',
    format: formatNumber,
    lines: [{ name: 'pairs/s', metric: 'pairs_per_second', color: '--series-1' }],
  },
];

