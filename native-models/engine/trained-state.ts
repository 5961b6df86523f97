import { initializeLora } from '../adapters/lora.ts';
import { type TrainedParameters, fullParameters, loraParameters } from '../adapters/trained-parameters.ts';
import type { ModelFolder } from '../formats/model-folder.ts';
import { readTensor } from '../formats/safetensors/read.ts';
import { failed } from '../failure.ts';
import { seededRandom } from '../text/seeded-random.ts';
import type { LoraSettings } from './job.ts';

/** Everything the optimiser changes: flat float32 vectors of one length. */
export interface TrainedState {
  parameters: Float32Array;
  firstMoment: Float32Array;
  secondMoment: Float32Array;
}

/** What a run trains: adapters, or with `lora: null` every tensor. */
export function trainedParameters({ config }: Pick<ModelFolder, 'config'>, lora: LoraSettings | null): TrainedParameters {
  return lora === null ? fullParameters(config) : loraParameters(config, lora);
}

/** The start of a run: adapters from the seed, or the model's own weights; moments zero. */
export async function initialState(model: ModelFolder, trained: TrainedParameters, lora: LoraSettings | null, seed: number): Promise<TrainedState> {
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
    initializeLora(trained.modules, lora.rank, () => random.below(2 ** 24) / 2 ** 24, (name, data) => parameters.set(data, offsets.get(name) ?? 0));
  }
  return { parameters, firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) };
}
