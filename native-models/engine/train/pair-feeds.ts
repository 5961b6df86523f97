import type { DecoderConfig } from '../../families/decoder-config.ts';
import type { SessionTensors } from '../../runtime/tensor.ts';
import { type PairBatch, collatePairs } from '../../text/batch.ts';
import { floatOutput, floats, layoutFeeds } from '../model/feeds.ts';
import { sharesPrefix } from '../model/prefix-sharing.ts';
import type { PairOutcome, StepRequest, TrainingItem } from './item.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';

/** How micro-batches are laid out for the graphs of a run. */
export interface PairLayout {
  readonly config: DecoderConfig;
  readonly settings: TrainSettings;
  readonly headChunks: number;
  readonly attentionBlocks: number;
}

/**
 * Rows of the pairs, as long and as many as the graph's blocks and chunks ask for; prompts are computed once where that
 * is less work.
 */
export function collateItems(
  items: readonly TrainingItem[],
  { config, settings, headChunks, attentionBlocks }: PairLayout,
): PairBatch {
  return collatePairs(items, {
    sharedPrefix: settings.sharedPrefix && sharesPrefix(config, items),
    headChunks,
    padTo: attentionBlocks,
  });
}

/** The share of one pair in the loss of its step. */
export function pairWeight({ microBatches }: StepRequest): number {
  return 1 / microBatches.reduce((sum, batch) => sum + batch.length, 0);
}

/** A micro-batch as the training graphs take it. */
export function pairFeeds(batch: PairBatch, items: readonly TrainingItem[], weight: number): SessionTensors {
  const perPair = (of: (item: TrainingItem) => number): SessionTensors[string] => floats([items.length], items.map(of));
  return {
    ...layoutFeeds(batch),
    chosen_sum: floats([batch.pairs, batch.responseCount], batch.chosenSum),
    rejected_sum: floats([batch.pairs, batch.responseCount], batch.rejectedSum),
    reference_chosen: perPair(({ reference }) => reference.chosen),
    reference_rejected: perPair(({ reference }) => reference.rejected),
    offset: perPair(({ offset }) => offset),
    weight: perPair(() => weight),
  };
}

/** The numbers that change from step to step. */
export function optimizerFeeds(
  { stepNumber, learningRate }: StepRequest,
  { adamBeta1, adamBeta2 }: TrainSettings,
): SessionTensors {
  return {
    learning_rate: floats([1], [learningRate]),
    correction1: floats([1], [1 - adamBeta1 ** stepNumber]),
    correction2: floats([1], [1 - adamBeta2 ** stepNumber]),
  };
}

/** Each pair's metrics, in the order of the batch; of several micro-batches one after the other. */
export function pairOutcomes(outputs: SessionTensors): readonly PairOutcome[] {
  const [chosen, rejected, losses] = ['chosen_logps', 'rejected_logps', 'losses'].map((name) =>
    floatOutput(outputs, name),
  );
  return Array.from(losses ?? [], (loss, pair) => ({
    loss,
    chosenLogp: chosen?.[pair] ?? Number.NaN,
    rejectedLogp: rejected?.[pair] ?? Number.NaN,
  }));
}
