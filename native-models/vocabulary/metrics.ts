import type { PairClass } from './lists.ts';

/** What is measured over pairs, under TRL's names. */
export const pairMetricNames = [
  'loss',
  'rewards/chosen',
  'rewards/rejected',
  'rewards/margins',
  'rewards/accuracies',
  'logps/chosen',
  'logps/rejected',
] as const;
export type PairMetricName = (typeof pairMetricNames)[number];

/** What is measured at each step; behind a prefix the same over the pairs of that class only. */
export type MetricName = PairMetricName | `${PairClass}/${PairMetricName}` | 'kl' | 'grad_norm' | 'learning_rate';

/** What a step cost: rates over the whole run so far, its seconds of training, and memory at that moment. */
export type StepCostName = 'pairsPerSecond' | 'tokensPerSecond' | 'seconds' | 'memoryBytes' | 'cardMemoryBytes';

/** A number in a `step` event. */
export type StepValueName = MetricName | StepCostName;
