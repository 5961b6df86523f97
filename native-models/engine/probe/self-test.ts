import { fullParameters } from '../../parameters/trained-parameters.ts';
import type { DecoderConfig } from '../../families/decoder-config.ts';
import { failed } from '../../failure.ts';
import { emit } from '../../graph/lowering/emit.ts';
import { evaluate } from '../../graph/evaluate/evaluate.ts';
import type { DType, Value } from '../../graph/value.ts';
import { safedpo } from '../../objectives/safedpo.ts';
import { createSession } from '../../runtime/session.ts';
import { collatePairs } from '../../text/batch.ts';
import { seededRandom } from '../../text/seeded-random.ts';
import { floatOutput, floats, layoutFeeds } from '../model/feeds.ts';
import { scoring } from '../graphs/scoring.ts';
import { matrixRate } from './matrix-rate.ts';
import { trainingStep } from '../graphs/training-step.ts';
import type { EngineDevice, SelfTestTask } from '../../protocol/tasks.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';
import type { KeptLayers } from '../../vocabulary/setting-row.ts';

/** Gradients further from float64 than this, relative to the largest, mean that the provider computes wrong. */
const tolerance = 1e-3;

/** Small, but with every part a supported architecture can have. */
const config: DecoderConfig = {
  family: 'self-test',
  partOf: null,
  hiddenSize: 16,
  // One rotates whole heads, the other a part of each.
  layers: [8, 4].map((rotatedDims) => ({ window: null, rotary: { rotatedDims, theta: 10_000, scaling: null } })),
  heads: 4,
  keyValueHeads: 2,
  headDim: 8,
  intermediateSize: 24,
  vocabularySize: 29,
  norms: {
    beforeAttention: 'input_layernorm',
    afterAttention: null,
    beforeFeedForward: 'post_attention_layernorm',
    afterFeedForward: null,
    queryKey: 'each head',
    offset: 0,
    kind: 'rms',
    bias: false,
    epsilon: 1e-6,
  },
  names: {
    attentionOutput: 'self_attn.o_proj',
    gate: 'mlp.gate_proj',
    up: 'mlp.up_proj',
    gateUp: 'mlp.gate_up_proj',
    down: 'mlp.down_proj',
    finalNorm: 'model.norm',
  },
  parallel: false,
  activation: 'silu',
  embeddingScale: 1,
  residualScale: 1,
  attentionScale: 8 ** -0.5,
  scoreCap: null,
  logitScale: 1,
  logitCap: null,
  biases: { queryKeyValue: true, attentionOutput: false, feedForward: false },
  projections: { queryKeyValue: 'split', gateUp: 'split' },
  headBias: false,
  tiedHead: true,
  maxPositions: 32,
  statedMaxPositions: 32,
  bosId: null,
  eosIds: [],
  torchDtype: 'float32',
  gguf: {
    architecture: '',
    pairsRotatedRows: false,
    fields: [],
    refused: null,
    contextLimit: null,
  },
  genaiType: '',
};
const trained = fullParameters(config);

function graph(dtype: DType, keptLayers: KeptLayers): { readonly [output: string]: Value } {
  return trainingStep({
    config,
    stored: new Map(),
    compute: dtype,
    state: dtype,
    maxPositions: config.maxPositions,
    headChunks: 1,
    attentionBlocks: 1,
    keptLayers,
    trained,
    losses: (inputs) => safedpo.losses(inputs, { beta: 0.1, delta: 0 }),
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 0 },
    lossScaling: false,
    accumulates: false,
    updates: false,
  });
}

/** A fixed pair of pairs and random parameters, as float32 feeds. */
function selfTestFeeds(): Parameters<Awaited<ReturnType<typeof createSession>>['run']>[0] {
  const random = seededRandom(20_505, 20_065);
  const ids = (count: number): number[] => Array.from({ length: count }, () => random.below(config.vocabularySize));
  const pairs = [3, 5].map((length) => ({ promptIds: ids(length), chosenIds: ids(4), rejectedIds: ids(length) }));
  const batch = collatePairs(pairs, { sharedPrefix: true });
  const perPair = (values: readonly number[]): ReturnType<typeof floats> => floats([pairs.length], values);
  return {
    ...layoutFeeds(batch),
    chosen_sum: floats([batch.pairs, batch.responseCount], batch.chosenSum),
    rejected_sum: floats([batch.pairs, batch.responseCount], batch.rejectedSum),
    reference_chosen: perPair([-12, -13]),
    reference_rejected: perPair([-11, -15]),
    offset: perPair([0, 2]),
    weight: perPair([0.5, 0.5]),
    sum: floats([2 * batch.pairs, batch.responseCount], [...batch.chosenSum, ...batch.rejectedSum]),
    parameters: floats(
      [trained.layout.size],
      Float32Array.from({ length: trained.layout.size }, () => (random.below(2 ** 24) / 2 ** 24 - 0.5) * 0.8),
    ),
  };
}

/** Log-probabilities of both responses, by the forward-only graph and its own kernels. */
function forwardGraph(dtype: DType): { readonly [output: string]: Value } {
  return scoring({
    config,
    stored: new Map(),
    compute: dtype,
    state: dtype,
    maxPositions: config.maxPositions,
    headChunks: 1,
    attentionBlocks: 1,
    keptLayers: 'all',
    trained,
  });
}

/** An output of a graph as a device computes it from the fixed feeds. */
async function outputOn(
  { provider, threads }: EngineDevice,
  output: string,
  outputs: { readonly [output: string]: Value },
): Promise<Float32Array> {
  const session = await createSession(emit(outputs, { target: provider }).bytes, { provider, threads });
  try {
    return floatOutput(await session.run(selfTestFeeds()), output);
  } finally {
    await session.release();
  }
}

/** The largest difference of two vectors, relative to the largest number of the first. */
function relativeDifference(wanted: Float64Array, got: Float32Array): number {
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    wanted.reduce((most, value, index) => Math.max(most, Math.abs(value - (got[index] ?? Number.NaN))), 0) / largest
  );
}

/** The largest difference of an output from the float64 oracle, relative to its largest number. */
async function outputError(
  device: EngineDevice,
  output: string,
  exactGraph: { readonly [output: string]: Value },
  graphForDevice: { readonly [output: string]: Value },
): Promise<number> {
  const exact = evaluate(
    exactGraph,
    Object.fromEntries(
      Object.entries(selfTestFeeds()).map(([name, { shape, data }]) => [
        name,
        { shape, data: Float64Array.from(data, Number) },
      ]),
    ),
  );
  return relativeDifference(exact[output]?.data ?? new Float64Array(), await outputOn(device, output, graphForDevice));
}

/** The largest difference of any gradient from the float64 oracle, relative to the largest gradient. */
export function gradientError(device: EngineDevice, keptLayers: KeptLayers): Promise<number> {
  return outputError(device, 'gradient', graph('float64', 'all'), graph('float32', keptLayers));
}

/**
 * The largest difference of any gradient from the CPU provider's for the same graph, relative to the largest gradient.
 */
export async function gradientDifferenceFromCpu(device: EngineDevice, keptLayers: KeptLayers): Promise<number> {
  const onCpu = await outputOn({ ...device, provider: 'cpu' }, 'gradient', graph('float32', keptLayers));
  return relativeDifference(Float64Array.from(onCpu), await outputOn(device, 'gradient', graph('float32', keptLayers)));
}

/**
 * The largest difference of the forward-only graph's log-probabilities from the float64 oracle, relative to the
 * largest.
 */
function forwardError(device: EngineDevice): Promise<number> {
  return outputError(device, 'logps', forwardGraph('float64'), forwardGraph('float32'));
}

/**
 * Asks a provider for the gradients and the log-probabilities of a tiny model and compares them with float64: a wrong
 * kernel shows here, before anyone trusts it with hours of training. Throws `provider-computes-wrong`.
 */
export async function requireRightGradients(device: EngineDevice): Promise<number> {
  const error = Math.max(
    await gradientError(device, 'all'),
    await gradientError(device, 1),
    await forwardError(device),
  );
  if (error < tolerance) return error;
  throw failed(
    'provider-computes-wrong',
    `The provider ${device.provider} computes wrong numbers here: gradients or log-probabilities are off by ` +
      `${error.toExponential(1)} of the largest, expected below ${tolerance}. Train on the provider cpu, and ` +
      'report the device and driver.',
    { provider: device.provider, error },
  );
}

/**
 * Of the matrices whose products say how fast a provider is: large enough to tell a card from a processor, and quick on
 * both.
 */
const rateSize = 512;

/** The self-test as a task of the engine. */
export async function selfTest(
  { device }: SelfTestTask,
  write: (event: TaskEvents['self-test']) => void,
): Promise<void> {
  const maxRelativeError = await requireRightGradients(device);
  write({
    event: 'done',
    provider: device.provider,
    usable: true,
    maxRelativeError,
    flopsPerSecond: await matrixRate(device, 'float32', rateSize, 2),
  });
}
