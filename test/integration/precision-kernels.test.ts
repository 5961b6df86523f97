import { describe, expect, it } from 'vitest';
import { fullParameters, loraParameters } from '../../native-models/adapters/trained-parameters.ts';
import { type Precision, inFloat32, precisions } from '../../native-models/architectures/precision.ts';
import type { DecoderConfig } from '../../native-models/architectures/decoder-config.ts';
import { decoderTensorShapes } from '../../native-models/architectures/tensor-shapes.ts';
import type { StoredWeight } from '../../native-models/architectures/weights.ts';
import { generation } from '../../native-models/engine/graphs/generation.ts';
import { scoring } from '../../native-models/engine/graphs/scoring.ts';
import { trainingLoop } from '../../native-models/engine/graphs/training-loop.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { emit } from '../../native-models/graph/emit.ts';
import type { Value } from '../../native-models/graph/value.ts';
import { objectives } from '../../native-models/objectives/index.ts';
import { missingKernels, requireKernels } from '../../native-models/runtime/kernel-table.ts';
import { readModelConfig } from '../../native-models/formats/model-folder.ts';
import { goldenPath, goldenNames } from '../golden/fixture.ts';

type Graph = { readonly [output: string]: Value };

type StoredDtype = 'bfloat16' | 'float32';

/** A model's tensors as files of that type would hold them, its linear layers as int4 blocks where the precision says so. */
function storedShapes(config: DecoderConfig, { storage }: Precision, dtype: StoredDtype): ReadonlyMap<string, StoredWeight> {
  const place = { location: 'model.safetensors', offsetBytes: 0, lengthBytes: 0 };
  return new Map([...decoderTensorShapes(config)].map(([name, shape]) => {
    const [rows = 0, columns = 0] = shape;
    const blocks = { ...place, dtype: 'int4', shape, scales: { ...place, dtype: 'float16', shape: [rows, columns / 8] } } as const;
    return [name, storage === 'int4' && name.startsWith('model.layers.') && shape.length === 2 ? blocks : { ...place, dtype, shape }];
  }));
}

/** Every kind of graph the engine makes for one model in one precision. */
function graphs(config: DecoderConfig, precision: Precision, stored: StoredDtype = 'bfloat16'): { readonly [name: string]: Graph } {
  const trained = { lora: loraParameters(config, { rank: 4, alpha: 8, targets: [] }), ...(precision.storage === 'int4' ? {} : { full: fullParameters(config) }) };
  const common = { config, maxPositions: 64, headChunks: 2, stored: storedShapes(config, precision, stored), compute: precision.compute, state: 'float32', objectiveSettings: { beta: 0.1, labelSmoothing: 0.1 }, optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 }, lossScaling: precision.lossScaling } as const;
  const training = Object.entries(trained).flatMap(([kind, parameters]) => [
    [`${kind} step`, trainingStep({ ...common, trained: parameters, objective: objectives.safedpo, attentionBlocks: 1, layerCheckpointing: 0, accumulates: true, updates: true })] as const,
    [`${kind} loop, blocks and layers recomputed`, trainingLoop({ ...common, trained: parameters, objective: objectives.safedpo, attentionBlocks: 4, layerCheckpointing: 1, accumulates: true })] as const,
  ]);
  return {
    ...Object.fromEntries(training),
    scoring: scoring({ ...common, trained: trained.lora, attentionBlocks: 2, layerCheckpointing: 0 }),
    generation: generation({ ...common, trained: trained.lora, eosIds: [1, 2], draws: true }),
  };
}

const configs = await Promise.all(goldenNames.map(async (name) => [name, (await readModelConfig(goldenPath('models', name))).config] as const));

describe.each(configs)('%s', (_, config) => {
  it.each(Object.values(precisions))('has a CUDA kernel for every operator of every graph in $name', (precision) => {
    for (const [name, graph] of Object.entries(graphs(config, precision))) expect(missingKernels(emit(graph, { target: 'cuda' }).operators, 'cuda'), name).toEqual([]);
  });

  it.each([precisions.float32, precisions.float16, inFloat32(precisions.bfloat16), inFloat32(precisions.int4)])('has a CPU kernel for every operator with $compute products over weights $storage', (precision) => {
    for (const [name, graph] of Object.entries(graphs(config, precision))) expect(missingKernels(emit(graph, { target: 'cpu' }).operators, 'cpu'), name).toEqual([]);
  });

  it('has a DirectML kernel for every operator of training and scoring over float32 weights', () => {
    const { generation: _, ...made } = graphs(config, precisions.float32, 'float32');
    for (const [name, graph] of Object.entries(made).filter(([kind]) => !kind.includes('loop'))) expect(missingKernels(emit(graph, { target: 'dml' }).operators, 'dml'), name).toEqual([]);
  });
});

describe('the check of kernels', () => {
  const [, config] = configs[0] ?? [];
  if (config === undefined) throw new Error('there are no golden models');

  it('holds for every objective', () => {
    for (const [name, objective] of Object.entries(objectives)) {
      const graph = trainingStep({ config, maxPositions: 64, headChunks: 1, attentionBlocks: 1, layerCheckpointing: 0, stored: storedShapes(config, precisions.bfloat16, 'bfloat16'), compute: 'bfloat16', state: 'float32', trained: loraParameters(config, { rank: 2, alpha: 2, targets: [] }), objective, objectiveSettings: { beta: 0.1, labelSmoothing: 0.1 }, optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 }, lossScaling: false, accumulates: false, updates: true });
      expect(missingKernels(emit(graph, { target: 'cuda' }).operators, 'cuda'), name).toEqual([]);
    }
  });

  it('refuses planted operators: bfloat16 where CUDA has none, and one it does not know', () => {
    const right = { opType: 'Add', domain: '', dtypes: ['bfloat16', 'bfloat16'] };
    expect(() => requireKernels([right], 'cuda')).not.toThrow();
    expect(() => requireKernels([right, { opType: 'LogSoftmax', domain: '', dtypes: ['bfloat16'] }], 'cuda')).toThrow('LogSoftmax does not take bfloat16 as input 0');
    expect(() => requireKernels([{ opType: 'Det', domain: '', dtypes: ['float32'] }], 'cuda')).toThrow(expect.objectContaining({ code: 'kernel-missing' }));
    expect(missingKernels([{ opType: 'FusedMatMul', domain: '', dtypes: ['float32', 'float32'] }], 'cuda')).toEqual(['FusedMatMul is not in the table']);
  });

  it('refuses bfloat16 products on the CPU', () => {
    const graph = graphs(config, precisions.bfloat16)['scoring'];
    expect(() => requireKernels(emit(graph ?? {}, { target: 'cpu' }).operators, 'cpu')).toThrow('FusedMatMul does not take bfloat16');
  });
});
