import type { DecoderConfig } from '../architectures/decoder-config.ts';
import { pairLength } from '../text/encode-pair.ts';
import type { TrainSettings } from './job.ts';
import type { EncodedItem } from './training-data.ts';

/** Above this many bytes of activations a run recomputes its layers when left to choose. */
const activationBudgetBytes = 1024 ** 3;

/** Layers recomputed together in the backward pass: one where that is asked for or the largest batch is large, else none. */
export function layersRecomputed({ layerCheckpointing, batchSize }: Pick<TrainSettings, 'layerCheckpointing' | 'batchSize'>, config: DecoderConfig, items: readonly EncodedItem[]): number {
  if (layerCheckpointing !== 'auto') return Number(layerCheckpointing);
  const length = Math.max(0, ...items.map(pairLength));
  const perTokenAndLayer = 4 * (8 * config.hiddenSize + 5 * config.intermediateSize + 3 * config.heads * length);
  return Number(perTokenAndLayer * length * batchSize * config.layers > activationBudgetBytes);
}
