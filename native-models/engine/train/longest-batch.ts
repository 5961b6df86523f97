import { pairLength } from '../../text/encode-pair.ts';
import type { TrainedState } from '../model/trained-state.ts';
import type { Trainer } from './trainer.ts';
import { type EncodedItem, trainingItems } from './data.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';

/**
 * One step over the longest pairs there are, whose result is thrown away: a run that does not fit fails before anything
 * was spent on it. No micro-batch of any epoch needs more. `state` stays as it is.
 */
export async function tryLongestBatch(
  trainer: Trainer,
  items: readonly EncodedItem[],
  state: TrainedState,
  settings: TrainSettings,
): Promise<void> {
  const longest = trainingItems(
    items.toSorted((left, right) => pairLength(right) - pairLength(left)).slice(0, settings.batchSize),
    [],
    settings,
  );
  // Two micro-batches go through both graphs of a step that accumulates.
  const microBatches = settings.accumulate > 1 ? [longest, longest] : [longest];
  await trainer.step({ ...state }, microBatches, 1, 0);
}
