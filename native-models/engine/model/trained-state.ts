import { initializeLora } from '../../parameters/lora.ts';
import { type TrainedParameters, fullParameters, loraParameters } from '../../parameters/trained-parameters.ts';
import type { ModelFolder } from '../../model-folder/model-folder.ts';
import { readTensor } from '../../formats/safetensors/read.ts';
import { failed } from '../../failure.ts';
import { seededRandom } from '../../text/seeded-random.ts';
import { lossScaling } from '../../optimizers/loss-scale.ts';
import type { ModelWeights } from './model.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';
import type { LoraSettings } from '../../vocabulary/setting-row.ts';

/** Where dynamic loss scaling stands; a part of the optimiser's state like the moments. */
export interface LossScaleState {
  readonly scale: number;
  /** Updates since the scale last changed. */
  readonly goodUpdates: number;
}

/** Everything the optimiser changes: flat float32 vectors of one length, and the loss scale where there is one. */
export interface TrainedState {
  parameters: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
  lossScale: LossScaleState | null;
}

/** What a run trains: adapters, or with `lora: null` every tensor. */
export function trainedParameters(
  { config }: Pick<ModelFolder, 'config'>,
  lora: LoraSettings | null,
): TrainedParameters {
  return lora === null ? fullParameters(config) : loraParameters(config, lora);
}

/** The start of a run: adapters from the seed, or the model's own weights; moments zero. */
export async function initialState(
  { folder: model, precision }: Pick<ModelWeights, 'folder' | 'precision'>,
  trained: TrainedParameters,
  { lora, seed }: Pick<TrainSettings, 'lora' | 'seed'>,
): Promise<TrainedState> {
  const { tensors, size } = trained.layout;
  const parameters = new Float32Array(size);
  const offsets = new Map(tensors.map(({ name, offset }) => [name, offset]));
  if (lora === null) {
    for (const { name, offset } of tensors) {
      const entry = model.tensors.get(name);
      if (entry === undefined) throw failed('weight-unknown', `The model has no tensor "${name}".`, { tensor: name });
      parameters.set(await readTensor(entry), offset);
    }
  } else {
    const random = seededRandom(seed, 0x10_7a);
    initializeLora(
      trained.modules,
      lora.rank,
      () => random.below(2 ** 24) / 2 ** 24,
      (name, data) => parameters.set(data, offsets.get(name) ?? 0),
    );
  }
  return {
    parameters,
    firstMoment: new Float32Array(size),
    secondMoment: new Float32Array(size),
    lossScale: precision.lossScaling ? { scale: lossScaling.start, goodUpdates: 0 } : null,
  };
}
