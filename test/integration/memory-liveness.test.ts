import { describe, expect, it } from 'vitest';
import { loraModules } from '../../native-models/parameters/lora.ts';
import { loraParameters } from '../../native-models/parameters/trained-parameters.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { precisions } from '../../native-models/decoder/precision.ts';
import { decoderTensorShapes } from '../../native-models/decoder/tensor-shapes.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { objectives } from '../../native-models/objectives/index.ts';
import { type MemoryPartId, predictMemory } from '../../native-models/runtime/memory-plan.ts';
import { liveness } from '../../native-models/runtime/testing/liveness.ts';
import { llama1bSlice, smol135m } from '../bench/random-model.ts';
import type { PrecisionName } from '../../native-models/vocabulary/lists.ts';
import type { KeptLayers } from '../../native-models/vocabulary/setting-row.ts';

const [batch, seq, rows, blocks] = [4, 512, 1024, 4];
const lora = { rank: 16, alpha: 32, targets: [] };
const place = { location: 'model.safetensors', offsetBytes: 0, lengthBytes: 0 };

/** Sizes of the graph's named dimensions, products and multiples of them included. */
function sizeOf(named: number | string): number {
  if (typeof named === 'number') return named;
  const dim = named.replaceAll('?', '');
  if (dim.includes('×')) return dim.split('×').reduce((product, part) => product * sizeOf(part), 1);
  const [factor, name] = dim.includes('·') ? dim.split('·') : ['1', dim];
  const known: { readonly [name: string]: number } = {
    batch,
    seq,
    rows,
    pairs: batch,
    'rows and none': rows + 1,
    'chunk rows': rows / 64,
    'seq block': seq / blocks,
  };
  const size = known[name ?? dim];
  if (size === undefined) throw new Error(`the size ${dim} is not given`);
  return Number(factor) * size;
}

function config(shape: object, layers: number) {
  return parseDecoderConfig({ ...shape, num_hidden_layers: layers }, 'config.json');
}

/** What a training graph of so many layers keeps alive at its peak, by a replay of its nodes. */
function replayed(
  shape: object,
  layers: number,
  precision: PrecisionName,
  keptLayers: KeptLayers,
  attentionBlocks: number,
): number {
  const model = config(shape, layers);
  const stored = new Map(
    [...decoderTensorShapes(model)].map(([name, dims]) => [
      name,
      { ...place, dtype: 'bfloat16' as const, shape: dims },
    ]),
  );
  const graph = trainingStep({
    config: model,
    stored,
    compute: precisions[precision].compute,
    state: 'float32',
    maxPositions: 2 * seq,
    headChunks: 64,
    attentionBlocks,
    keptLayers,
    trained: loraParameters(model, lora),
    losses: (inputs) => objectives.safedpo.losses(inputs, { beta: 0.1, delta: 0 }),
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
    lossScaling: false,
    accumulates: false,
    updates: true,
  });
  // The gradient of the adapters grows with the layers too; the plan counts it with the optimiser.
  return liveness(graph, sizeOf).peakBytes - 4 * loraParameters(model, lora).layout.size;
}

/**
 * What the plan counts of that; where few layers are kept, the head's own weights converted are no part of the peak.
 */
const stepParts: readonly MemoryPartId[] = ['activations', 'layer', 'converted weights'];

/** The plan's parts of these kinds on the card. */
function planned(
  shape: object,
  layers: number,
  precision: PrecisionName,
  keptLayers: KeptLayers,
  attentionBlocks: number,
  ids: readonly MemoryPartId[] = ['activations'],
): number {
  const model = config(shape, layers);
  const adapterRanksPerLayer = (lora.rank * loraModules(model, lora.targets).length) / layers;
  const { parts } = predictMemory({
    config: model,
    provider: 'cuda',
    precision: precisions[precision],
    trainedParameters: 0,
    adapterRanksPerLayer,
    batch: { sequences: batch, sequenceTokens: seq, responseRows: rows, promptTokens: seq / 3 },
    accumulates: false,
    keptLayers,
    attentionBlocks,
  });
  const counted = parts.filter(({ id, place }) => place === 'card' && ids.includes(id));
  return counted.length === ids.length ? counted.reduce((sum, { bytes }) => sum + bytes, 0) : Number.NaN;
}

const perLayer = (bytes: (layers: number) => number, layers: readonly [number, number]): number =>
  (bytes(layers[1]) - bytes(layers[0])) / (layers[1] - layers[0]);

// The plan's parts are those of the phase that needs the most, which with few layers is not the steps.
const [plannedLayers, replayedLayers] = [
  [100, 120],
  [4, 6],
] as const;

describe.each<[string, object]>([
  ['SmolLM2-135M', smol135m],
  ['Llama-3.2-1B', llama1bSlice],
])('activations of %s, planned and replayed from the graph', (_, shape) => {
  it.each([
    { precision: 'float32', attentionBlocks: 1 },
    { precision: 'bfloat16', attentionBlocks: 1 },
    { precision: 'float32', attentionBlocks: blocks },
    { precision: 'bfloat16', attentionBlocks: blocks },
  ] as const)(
    'in $precision, attention in $attentionBlocks blocks: what a layer keeps, within 3 percent',
    ({ precision, attentionBlocks }) => {
      const plan = perLayer((layers) => planned(shape, layers, precision, 'all', attentionBlocks), plannedLayers);
      const graph = perLayer((layers) => replayed(shape, layers, precision, 'all', attentionBlocks), replayedLayers);
      expect(plan / graph).toBeGreaterThan(0.97);
      expect(plan / graph).toBeLessThan(1.03);
    },
  );

  it.each(['float32', 'bfloat16'] as const)('in %s: what a recomputed layer keeps is one hidden state', (precision) => {
    const plan = perLayer((layers) => planned(shape, layers, precision, 1, 1), plannedLayers);
    const graph = perLayer((layers) => replayed(shape, layers, precision, 1, 1), replayedLayers);
    expect(plan / graph).toBeGreaterThan(0.97);
    expect(plan / graph).toBeLessThan(1.03);
  });

  it.each(['float32', 'bfloat16'] as const)('in %s: in total, for any number of kept layers', (precision) => {
    // A small vocabulary: otherwise held-out pairs, not steps, decide where one layer is kept.
    const [small, layers] = [{ ...shape, vocab_size: 32_000 }, 40];
    for (const [kept, most] of [
      [1, 1.3],
      [2, 1.25],
      [layers / 2, 1.06],
      [layers - 1, 1.05],
      ['all', 1.05],
    ] as const) {
      const plan = planned(small, layers, precision, kept, 1, stepParts);
      const graph = replayed(small, layers, precision, kept, 1);
      const facts = `${kept} of ${layers} layers kept: planned ${plan}, in the graph ${graph} bytes`;
      expect(plan / graph, facts).toBeGreaterThan(1);
      expect(plan / graph, facts).toBeLessThan(most);
    }
  });
});
