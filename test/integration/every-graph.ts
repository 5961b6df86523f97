import { fullParameters, loraParameters } from '../../native-models/parameters/trained-parameters.ts';
import { precisions } from '../../native-models/decoder/precision.ts';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import { decoderTensorShapes } from '../../native-models/decoder/tensor-shapes.ts';
import type { StoredWeight } from '../../native-models/decoder/weights.ts';
import { generation } from '../../native-models/engine/graphs/generation.ts';
import { scoring } from '../../native-models/engine/graphs/scoring.ts';
import { trainingLoop } from '../../native-models/engine/graphs/training-loop.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import type { Value } from '../../native-models/graph/value.ts';
import { objectives } from '../../native-models/objectives/index.ts';
import type { ObjectiveInputs } from '../../native-models/objectives/objective.ts';
import type { Precision } from '../../native-models/protocol/precision.ts';

/** Every scheme a run can have on a GPU: those of `precisions`, and int4 blocks for cards without bfloat16. */
export const everyPrecision: readonly (Precision & { readonly title: string })[] = [
  ...Object.values(precisions).map((precision) => ({ ...precision, title: precision.name })),
  { ...precisions.int4, compute: 'float16', lossScaling: true, title: 'int4 with float16 products' },
];

export type Graph = { readonly [output: string]: Value };

export type StoredDtype = 'bfloat16' | 'float32';

/**
 * A model's tensors as files of that type would hold them, its linear layers as int4 blocks where the precision says
 * so.
 */
export function storedShapes(
  config: DecoderConfig,
  { storage }: Precision,
  dtype: StoredDtype,
): ReadonlyMap<string, StoredWeight> {
  const place = { location: 'model.safetensors', offsetBytes: 0, lengthBytes: 0 };
  return new Map(
    [...decoderTensorShapes(config)].map(([name, shape]) => {
      const [rows = 0, columns = 0] = shape;
      const blocks = {
        ...place,
        dtype: 'int4',
        shape,
        scales: { ...place, dtype: 'float16', shape: [rows, columns / 8] },
      } as const;
      return [
        name,
        storage === 'int4' && name.startsWith('model.layers.') && shape.length === 2
          ? blocks
          : { ...place, dtype, shape },
      ];
    }),
  );
}

/** Every kind of graph the engine makes for one model in one precision, by name. */
export function everyGraph(
  config: DecoderConfig,
  precision: Precision,
  stored: StoredDtype = 'bfloat16',
): { readonly [name: string]: Graph } {
  const trained = {
    lora: loraParameters(config, { rank: 4, alpha: 8, targets: [] }),
    ...(precision.storage === 'int4' ? {} : { full: fullParameters(config) }),
  };
  const common = {
    config,
    maxPositions: 64,
    headChunks: 2,
    stored: storedShapes(config, precision, stored),
    compute: precision.compute,
    state: 'float32',
    losses: (inputs: ObjectiveInputs) => objectives.safedpo.losses(inputs, { beta: 0.1, delta: 0 }),
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
    lossScaling: precision.lossScaling,
  } as const;
  const training = Object.entries(trained).flatMap(([kind, parameters]) => [
    [
      `${kind} step`,
      trainingStep({
        ...common,
        trained: parameters,
        attentionBlocks: 1,
        keptLayers: 'all',
        accumulates: true,
        updates: true,
      }),
    ] as const,
    [
      `${kind} loop, blocks and layers recomputed`,
      trainingLoop({
        ...common,
        trained: parameters,
        attentionBlocks: 4,
        keptLayers: 1,
        accumulates: true,
      }),
    ] as const,
  ]);
  return {
    ...Object.fromEntries(training),
    'scoring with adapters': scoring({ ...common, trained: trained.lora, attentionBlocks: 2, keptLayers: 'all' }),
    'scoring as stored': scoring({ ...common, trained: null, attentionBlocks: 1, keptLayers: 'all' }),
    'answers drawn': generation({ ...common, trained: trained.lora, eosIds: [1, 2], draws: true }),
    'greedy answers': generation({ ...common, trained: trained.lora, eosIds: [1, 2], draws: false }),
  };
}
