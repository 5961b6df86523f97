import {
  fullParameters,
  loraParameters,
  type TrainedParameters,
} from '../../native-models/parameters/trained-parameters.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { openModelFolder, type ModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { readSafetensorsHeader, readTensor } from '../../native-models/formats/safetensors/read.ts';
import type { DType, Value } from '../../native-models/graph/value.ts';
import { safedpo } from '../../native-models/objectives/safedpo.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import type { SessionTensor } from '../../native-models/runtime/tensor.ts';
import type { Golden } from './fixture.ts';
import { goldenPath } from './fixture.ts';
import { plainBatch, type PlainFeeds } from './plain-batch.ts';
import type { KeptLayers } from '../../native-models/vocabulary/setting-row.ts';

export type Kind = 'lora' | 'full';

/** What one golden model trains, and the flat vector it starts from. */
export async function goldenParameters(
  name: string,
  golden: Golden,
  kind: Kind,
): Promise<{ model: ModelFolder; trained: TrainedParameters; start: Float32Array }> {
  const model = await openModelFolder(goldenPath('models', name));
  const trained = kind === 'full' ? fullParameters(model.config) : loraParameters(model.config, golden.lora);
  const start = new Float32Array(trained.layout.size);
  const adapters = new Map(
    (await readSafetensorsHeader(goldenPath('adapters', name, 'adapter_model.safetensors'))).tensors.map((entry) => [
      entry.name,
      entry,
    ]),
  );
  for (const { name: tensor, offset } of trained.layout.tensors) {
    const entry = kind === 'full' ? model.tensors.get(tensor) : adapters.get(tensor);
    if (entry === undefined) throw new Error(`${name} has no ${tensor}`);
    start.set(await readTensor(entry), offset);
  }
  return { model, trained, start };
}

export interface GoldenGraphOptions {
  readonly compute: DType;
  readonly updates: boolean;
  readonly keptLayers?: KeptLayers;
  readonly headChunks?: number;
  readonly attentionBlocks?: number;
}

export function goldenGraph(
  model: ModelFolder,
  trained: TrainedParameters,
  golden: Golden,
  kind: Kind,
  { compute, updates, keptLayers = 'all', headChunks = 1, attentionBlocks = 1 }: GoldenGraphOptions,
): { readonly [output: string]: Value } {
  return trainingStep({
    config: model.config,
    maxPositions: 64,
    headChunks,
    attentionBlocks,
    keptLayers,
    stored: storedModel(model).stored,
    compute,
    state: compute,
    trained,
    losses: (inputs) => safedpo.losses(inputs, { beta: golden.beta, delta: 0 }),
    optimizer: golden[kind].optimizer,
    lossScaling: false,
    accumulates: false,
    updates,
  });
}

/** The batch and the fixed numbers of each pair. */
export function goldenFeeds({ pairs, reference, delta }: Golden): PlainFeeds {
  const perPair = (data: readonly number[]): PlainFeeds[string] => ({ shape: [pairs.length], data });
  return {
    ...plainBatch(pairs),
    reference_chosen: perPair(reference.chosen),
    reference_rejected: perPair(reference.rejected),
    offset: perPair(pairs.map(({ chosenUnsafe, rejectedUnsafe }) => (!chosenUnsafe && rejectedUnsafe ? delta : 0))),
    weight: perPair(pairs.map(() => 1 / pairs.length)),
  };
}

const integerInputs = new Set([
  'tokens',
  'positions',
  'document',
  'branch',
  'slots',
  'response_rows',
  'targets',
  'row_use_first',
  'row_use_second',
]);

export function asSessionTensors(feeds: PlainFeeds): { readonly [name: string]: SessionTensor } {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      integerInputs.has(name)
        ? { dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) }
        : { dtype: 'float32', shape, data: Float32Array.from(data) },
    ]),
  );
}
