import { describe, expect, it } from 'vitest';
import { loraParameters } from '../../native-models/parameters/trained-parameters.ts';
import { inFloat32, precisions } from '../../native-models/decoder/precision.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { objectives } from '../../native-models/objectives/index.ts';
import { missingKernels, requireKernels } from '../../native-models/runtime/kernel-table.ts';
import { readModelConfig } from '../../native-models/model-folder/model-folder.ts';
import { goldenPath, goldenNames } from '../golden/fixture.ts';
import { everyGraph, everyPrecision, storedShapes } from './every-graph.ts';
import { objectiveSettings } from '../objective-settings.ts';

const configs = await Promise.all(
  goldenNames.map(async (name) => [name, (await readModelConfig(goldenPath('models', name))).config] as const),
);

describe.each(configs)('%s', (_, config) => {
  it.each(everyPrecision)('has a CUDA kernel for every operator of every graph in $title', (precision) => {
    for (const [name, graph] of Object.entries(everyGraph(config, precision)))
      expect(missingKernels(emit(graph, { target: 'cuda' }).operators, 'cuda'), name).toEqual([]);
  });

  it.each([precisions.float32, precisions.float16, inFloat32(precisions.bfloat16), inFloat32(precisions.int4)])(
    'has a CPU kernel for every operator with $compute products over weights $storage',
    (precision) => {
      for (const [name, graph] of Object.entries(everyGraph(config, precision)))
        expect(missingKernels(emit(graph, { target: 'cpu' }).operators, 'cpu'), name).toEqual([]);
    },
  );

  it('has a DirectML kernel for every operator of training and scoring over float32 weights', () => {
    const made = Object.entries(everyGraph(config, precisions.float32, 'float32')).filter(
      ([kind]) => !kind.includes('loop') && !kind.includes('answers'),
    );
    for (const [name, graph] of made)
      expect(missingKernels(emit(graph, { target: 'dml' }).operators, 'dml'), name).toEqual([]);
  });
});

describe('the check of kernels', () => {
  const [, config] = configs[0] ?? [];
  if (config === undefined) throw new Error('there are no golden models');

  it('holds for every objective', () => {
    for (const [name, objective] of Object.entries(objectives)) {
      const graph = trainingStep({
        config,
        maxPositions: 64,
        headChunks: 1,
        attentionBlocks: 1,
        keptLayers: 'all',
        stored: storedShapes(config, precisions.bfloat16, 'bfloat16'),
        compute: 'bfloat16',
        state: 'float32',
        trained: loraParameters(config, { rank: 2, alpha: 2, targets: [] }),
        losses: (inputs) => objective.losses(inputs, { ...objectiveSettings, labelSmoothing: 0.1 }),
        optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
        lossScaling: false,
        accumulates: false,
        updates: true,
      });
      expect(missingKernels(emit(graph, { target: 'cuda' }).operators, 'cuda'), name).toEqual([]);
    }
  });

  it('refuses planted operators: bfloat16 where CUDA has none, and one it does not know', () => {
    const planted = (opType: string, dtypes: readonly string[], domain = '') => ({ opType, domain, opset: 18, dtypes });
    const right = planted('Add', ['bfloat16', 'bfloat16']);
    expect(() => requireKernels([right], 'cuda')).not.toThrow();
    expect(() => requireKernels([right, planted('LogSoftmax', ['bfloat16'])], 'cuda')).toThrow(
      'LogSoftmax does not take bfloat16 as input 0',
    );
    expect(() => requireKernels([planted('Det', ['float32'])], 'cuda')).toThrow(
      expect.objectContaining({ code: 'kernel-missing' }),
    );
    expect(missingKernels([planted('FusedMatMul', ['float32', 'float32'])], 'cuda')).toEqual([
      'FusedMatMul is not in the table',
    ]);
    expect(missingKernels([planted('FusedMatMul', ['float32', 'float32'], 'com.microsoft')], 'cuda')).toEqual([]);
  });

  it('refuses an operator set that means a version CUDA has no kernel for', () => {
    const missing = (opset: number) =>
      missingKernels(
        [
          { opType: 'Loop', domain: '', opset, dtypes: ['int64', 'bool', 'float32'] },
          { opType: 'Equal', domain: '', opset, dtypes: ['float32', 'float32'] },
          { opType: 'Cast', domain: '', opset, dtypes: ['float32'] },
        ],
        'cuda',
      );
    expect(missing(18)).toEqual([]);
    expect(missing(21)).toEqual([
      'Loop has no kernel for version 21, which operator set 21 means',
      'Equal has no kernel for version 19, which operator set 21 means',
    ]);
  });

  it('refuses bfloat16 products on the CPU', () => {
    const graph = everyGraph(config, precisions.bfloat16)['scoring as stored'];
    expect(() => requireKernels(emit(graph ?? {}, { target: 'cpu' }).operators, 'cpu')).toThrow(
      'FusedMatMul does not take bfloat16',
    );
  });
});
