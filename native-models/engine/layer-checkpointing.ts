import type { DecoderConfig } from '../architectures/decoder-config.ts';
import type { TrainSettings } from './job.ts';
import { pairLength } from './scorer.ts';
import type { EncodedItem } from './training-data.ts';

/** Above this many bytes of activations a run recomputes its layers when left to choose. */
const activationBudgetBytes = 1024 ** 3;

/** Whether the run's layers are recomputed in the backward pass: as asked, or by the size of the largest batch. */
export function usesLayerCheckpointing({ layerCheckpointing, batchSize }: Pick<TrainSettings, 'layerCheckpointing' | 'batchSize'>, config: DecoderConfig, items: readonly EncodedItem[]): boolean {
  if (layerCheckpointing !== 'auto') return layerCheckpointing;
  const length = Math.max(0, ...items.map(pairLength));
  const perTokenAndLayer = 4 * (8 * config.hiddenSize + 5 * config.intermediateSize + 3 * config.heads * length);
  return perTokenAndLayer * length * batchSize * config.layers > activationBudgetBytes;
}
