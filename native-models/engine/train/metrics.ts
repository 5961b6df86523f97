import { type PairClass, pairClasses } from '../../vocabulary/lists.ts';
import { preference } from '../infer/held-out.ts';
import type { PairOutcome, TrainingItem } from './trainer.ts';
import { type MetricName, type PairMetricName, pairMetricNames } from '../../vocabulary/metrics.ts';
import type { Metrics } from '../../protocol/run-folder/train-events.ts';

export interface ObservedPair {
  readonly item: Pick<TrainingItem, 'reference' | 'chosenIds' | 'rejectedIds'>;
  readonly outcome: PairOutcome;
  readonly pairClass: PairClass;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Means over pairs; rewards are beta times the log-ratio to the reference. */
function summarize(pairs: readonly ObservedPair[], beta: number): { readonly [name in PairMetricName]: number } {
  const of = (pick: (pair: ObservedPair) => number): number => mean(pairs.map(pick));
  const chosenReward = ({ item, outcome }: ObservedPair): number => beta * (outcome.chosenLogp - item.reference.chosen);
  const rejectedReward = ({ item, outcome }: ObservedPair): number =>
    beta * (outcome.rejectedLogp - item.reference.rejected);
  return {
    loss: of(({ outcome }) => outcome.loss),
    'rewards/chosen': of(chosenReward),
    'rewards/rejected': of(rejectedReward),
    'rewards/margins': of((pair) => chosenReward(pair) - rejectedReward(pair)),
    'rewards/accuracies': of((pair) => preference(chosenReward(pair), rejectedReward(pair))),
    'logps/chosen': of(({ outcome }) => outcome.chosenLogp),
    'logps/rejected': of(({ outcome }) => outcome.rejectedLogp),
  };
}

/**
 * Metrics of one step: over all its pairs, and over each class that occurs. `kl` is a drift gauge: the mean absolute
 * log-ratio to the reference a response token, on the training responses (not sampled ones, so no true divergence).
 */
export function stepMetrics(pairs: readonly ObservedPair[], beta: number): Metrics {
  const drift = pairs.flatMap(({ item, outcome }) => [
    Math.abs(outcome.chosenLogp - item.reference.chosen) / Math.max(1, item.chosenIds.length),
    Math.abs(outcome.rejectedLogp - item.reference.rejected) / Math.max(1, item.rejectedIds.length),
  ]);
  const classes = pairClasses.flatMap((pairClass) => {
    const members = pairs.filter((pair) => pair.pairClass === pairClass);
    if (members.length === 0) return [];
    const summary = summarize(members, beta);
    return pairMetricNames.map((name): [MetricName, number] => [`${pairClass}/${name}`, summary[name]]);
  });
  return { ...summarize(pairs, beta), kl: mean(drift), ...Object.fromEntries(classes) };
}
