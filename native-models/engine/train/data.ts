import type { EngineModel } from '../model/model.ts';
import { objectives } from '../../objectives/index.ts';
import { countSteps, planSteps } from '../../text/plan-steps.ts';
import { pairLength } from '../../text/encode-pair.ts';
import type { PairScore } from '../infer/scorer.ts';
import type { StepRequest, TrainingItem } from './item.ts';
import type { SnapshotPair } from '../../protocol/run-folder/pairs.ts';
import type { PairClass } from '../../vocabulary/lists.ts';
import type { objectiveSettings } from '../../vocabulary/objectives.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';

/** A snapshot pair as tokens. */
export interface EncodedItem {
  readonly promptIds: readonly number[];
  readonly chosenIds: readonly number[];
  readonly rejectedIds: readonly number[];
  readonly pairClass: PairClass;
}

/** Tokens of every pair, cut to the run's length. */
export function encodeItems(
  pairs: readonly SnapshotPair[],
  { encoder }: Pick<EngineModel, 'encoder'>,
  maxLength: number,
): readonly EncodedItem[] {
  return pairs.map(({ prompt, chosen, rejected, chosenUnsafe, rejectedUnsafe }) => {
    const { promptIds, chosenIds, rejectedIds } = encoder.encodePair({ prompt, chosen, rejected }, maxLength);
    return {
      promptIds,
      chosenIds,
      rejectedIds,
      pairClass: chosenUnsafe === false && rejectedUnsafe === true ? 'safe_unsafe' : 'safe_safe',
    };
  });
}

/** What the objective looks at: without a rejected response or a reference where it needs none, with its offset. */
export function trainingItems(
  items: readonly EncodedItem[],
  references: readonly PairScore[],
  settings: Pick<TrainSettings, 'objective' | keyof typeof objectiveSettings>,
): readonly TrainingItem[] {
  const { usesRejected, usesReference, offset } = objectives[settings.objective];
  return items.map(({ promptIds, chosenIds, rejectedIds, pairClass }, index) => ({
    promptIds,
    chosenIds,
    rejectedIds: usesRejected ? rejectedIds : [],
    reference: (usesReference ? references[index] : undefined) ?? { chosen: 0, rejected: 0 },
    offset: offset?.(pairClass, settings) ?? 0,
  }));
}

/** One optimiser step: its micro-batches, as item numbers. */
export type StepPlan = readonly (readonly number[])[];

/** A planned step as the trainer takes it. */
export function stepRequest(
  plan: StepPlan,
  ready: readonly TrainingItem[],
  stepNumber: number,
  learningRate: number,
): StepRequest {
  return { microBatches: plan.map((batch) => batch.flatMap((index) => ready[index] ?? [])), stepNumber, learningRate };
}

/** The steps of an epoch. */
export function planEpoch(
  items: readonly EncodedItem[],
  { batchSize, accumulate, seed }: Pick<TrainSettings, 'batchSize' | 'accumulate' | 'seed'>,
  epoch: number,
): readonly StepPlan[] {
  return planSteps(items.map(pairLength), batchSize, accumulate, seed, epoch);
}

/**
 * Numbers of the items whose reference log-probs a run looks at, in order: those of its steps, or of `leastSteps` where
 * it makes fewer; none where its objective has no reference. The same at each start of a run, wherever it goes on from.
 */
export function referencedItems(
  items: readonly EncodedItem[],
  settings: Pick<TrainSettings, 'objective' | 'epochs' | 'batchSize' | 'accumulate' | 'seed'>,
  leastSteps: number,
): readonly number[] {
  if (!objectives[settings.objective].usesReference) return [];
  // An epoch takes every item, so a whole one has them all.
  const steps = planEpoch(items, settings, 0).slice(0, Math.max(leastSteps, countSteps(items.length, settings)));
  return steps.flat(2).sort((a, b) => a - b);
}

/**
 * Scores of some items at their places among `count`; not a number elsewhere, so that a step that took one of those
 * would not go unseen.
 */
export function scoresAt(places: readonly number[], scores: readonly PairScore[], count: number): readonly PairScore[] {
  const all = Array.from({ length: count }, (): PairScore => ({ chosen: Number.NaN, rejected: Number.NaN }));
  for (const [index, place] of places.entries())
    all[place] = scores[index] ?? { chosen: Number.NaN, rejected: Number.NaN };
  return all;
}

/** The most response tokens in one micro-batch of any epoch: `batchSize` of the longest. */
export function mostResponseTokens(items: readonly EncodedItem[], batchSize: number): number {
  const longest = items
    .map(({ chosenIds, rejectedIds }) => chosenIds.length + rejectedIds.length)
    .sort((a, b) => b - a);
  return longest.slice(0, batchSize).reduce((sum, count) => sum + count, 0);
}
