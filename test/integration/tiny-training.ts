import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { precisions } from '../../native-models/decoder/precision.ts';
import { initialState, trainedParameters } from '../../native-models/engine/model/trained-state.ts';
import { floats, layoutFeeds } from '../../native-models/engine/model/feeds.ts';
import type { TrainingGraphSettings } from '../../native-models/engine/graphs/micro-batch.ts';
import { type ModelFolder, openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { safedpo } from '../../native-models/objectives/safedpo.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import type { SessionTensors } from '../../native-models/runtime/tensor.ts';
import { collatePairs } from '../../native-models/text/batch.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { smol135m, writeRandomModel } from '../bench/random-model.ts';

/** Two layers whose rows are whole int4 blocks. */
export const tinyConfig = {
  ...smol135m,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 67,
  max_position_embeddings: 64,
};
export const tinyLora = { rank: 4, alpha: 8, targets: [] };

/** A folder of its own with a tiny model of random bfloat16 weights. */
export async function tinyModel(): Promise<ModelFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'safedpo-tiny-'));
  await writeRandomModel(folder, tinyConfig);
  return openModelFolder(folder);
}

/** LoRA SafeDPO on the model in float32, to be changed as a test needs. */
export function tinySettings(model: ModelFolder): TrainingGraphSettings {
  return {
    config: model.config,
    maxPositions: 64,
    headChunks: 1,
    attentionBlocks: 1,
    keptLayers: 'all',
    stored: storedModel(model).stored,
    compute: 'float32',
    state: 'float32',
    trained: trainedParameters(model, tinyLora),
    losses: (inputs) => safedpo.losses(inputs, { beta: 0.1, delta: 0 }),
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
    lossScaling: false,
  };
}

/** Parameters with neither matrix of an adapter zero, so that every gradient is there. */
export async function tinyParameters(model: ModelFolder, seed = 3): Promise<Float32Array> {
  const { parameters } = await initialState(
    { folder: model, precision: precisions.float32 },
    trainedParameters(model, tinyLora),
    { lora: tinyLora, seed },
  );
  const random = seededRandom(seed, 1);
  return parameters.map((value) => value + (random.below(2 ** 16) / 2 ** 16 - 0.5) * 0.2);
}

/** Two pairs of random tokens; equal lengths for every seed, so that batches stack. */
export function tinyBatch(seed: number, weight = 0.5): SessionTensors {
  const random = seededRandom(seed, 2);
  const ids = (count: number): number[] => Array.from({ length: count }, () => random.below(tinyConfig.vocab_size));
  const pairs = [5, 6].map((length) => ({ promptIds: ids(length), chosenIds: ids(4), rejectedIds: ids(10 - length) }));
  const batch = collatePairs(pairs, { sharedPrefix: true, padTo: 4 });
  const perPair = (values: readonly number[]): SessionTensors[string] => floats([pairs.length], values);
  return {
    ...layoutFeeds(batch),
    chosen_sum: floats([batch.pairs, batch.responseCount], batch.chosenSum),
    rejected_sum: floats([batch.pairs, batch.responseCount], batch.rejectedSum),
    reference_chosen: perPair([-16, -17]),
    reference_rejected: perPair([-21, -16]),
    offset: perPair([0, 10]),
    weight: perPair([weight, weight]),
  };
}

/** The numbers AdamW takes for step `step`, counted from 1. */
export function stepNumbers(step: number, learningRate = 1e-2): SessionTensors {
  return {
    learning_rate: floats([1], [learningRate]),
    correction1: floats([1], [1 - 0.9 ** step]),
    correction2: floats([1], [1 - 0.95 ** step]),
  };
}
