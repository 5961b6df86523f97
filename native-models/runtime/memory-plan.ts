import type { DecoderConfig } from '../families/decoder-config.ts';
import type { Precision } from '../decoder/precision.ts';
import { activationBytes, layerCounts } from '../decoder/kept-layers.ts';
import { decoderTensorShapes, parameterCount } from '../decoder/tensor-shapes.ts';
import { attentionBlocksFor } from './attention-blocks.ts';
import { headChunksFor } from './head-chunks.ts';
import type { ProviderName } from './session.ts';
import type { KeptLayers } from '../vocabulary/setting-row.ts';

/** The longest micro-batch a run will see, as the graph lays it out. */
export interface BatchShape {
  /** Rows of the batch: pairs with a shared prefix, responses without. */
  readonly sequences: number;
  /** Tokens in a row, padding included. */
  readonly sequenceTokens: number;
  /** Response tokens in all rows. */
  readonly responseRows: number;
}

export interface MemoryQuestion {
  readonly config: DecoderConfig;
  readonly provider: ProviderName;
  readonly precision: Pick<Precision, 'storage' | 'compute'>;
  /** Numbers that are trained: the adapter's, or all. */
  readonly trainedParameters: number;
  /** Sum of the ranks of the adapters in a block; 0 when every parameter is trained. */
  readonly adapterRanksPerLayer: number;
  readonly batch: BatchShape;
  /** A step has several micro-batches. */
  readonly accumulates: boolean;
  readonly keptLayers: KeptLayers;
  /** Parts in which attention takes the queries of a row; with more than two, hardly any scores are kept. */
  readonly attentionBlocks: number;
}

/** `card` is the memory of the device, `host` that of the machine; the CPU has only the latter. */
export type MemoryPlace = 'card' | 'host';

export interface MemoryPart {
  readonly name: string;
  readonly place: MemoryPlace;
  readonly bytes: number;
}

export interface MemoryPrediction {
  /**
   * Of the phase that needs most in each place: steps, or held-out pairs and answers, which get the memory of steps.
   */
  readonly parts: readonly MemoryPart[];
  /** Parts in which response rows pass through the head. */
  readonly headChunks: number;
}

/** Node and the runtime's libraries; with CUDA also its own, mostly code mapped from files. */
const processBytes = { cpu: 150e6, device: 900e6 };
/** The loaded graph of one block, and what was built to write it: more nodes where layers are recomputed. */
const graphBytesPerLayer = { kept: 3e6, recomputed: 4e6 };
/** Context, kernels loaded on first use and cuBLAS's workspace. An assumption: no card has been measured. */
const contextBytes = { cuda: 600e6, webgpu: 200e6, dml: 200e6 };
/**
 * The arena serves sizes of many kinds from regions of a megabyte up to a gigabyte; so much of it lies between them
 * unused. An assumption too.
 */
const arenaWaste = 0.1;
const floatBytes = 4;
/** Logits, log-softmax and softmax of one part of the rows; narrow products are made before they are widened. */
const headCopies = { float32: 3, narrow: 4 };
/**
 * Converted weights alive at once. A step converts a frozen head's once for all its products; answers convert it for
 * the prompt and again in the loop over tokens.
 */
const headCopiesConverted = { steps: 1, answers: 2 };
/** Layers convert theirs for each use; that of one use lies beside that of the next. */
const layerCopiesConverted = 2;
/** Parameters, two moments and the gradient, and the next parameters and moments beside the present ones. */
const optimizerCopies = 7;
/**
 * Of attention's scores at once, in float32: what one block works on, or a kept copy and what is worked on beside it.
 */
const scoreCopies = { float32: 2, narrow: 2.5 };
/**
 * On a device they are fed, carried from one iteration to the next, and worked on: four vectors each, and the
 * gradient's own.
 */
const loopCopies = 16;
/** Beside a device's copies: the present vectors, those a run gives back, and the accumulated gradient. */
const hostCopies = 9;
/** Tokens of one forward-only run over held-out pairs (engine/train/recipe.ts). */
export const scoringTokens = 4096;

/**
 * Predicts the peak memory of a run. Values kept per token and layer are counted from the emitted graph: in float32 to
 * 1 %
 * by a replay of its liveness, in bfloat16 to 3 % (test/integration/memory-liveness.test.ts); whole runs on the CPU are
 * measured by test/bench/memory-plan.ts. Nothing was measured on a card.
 */
export function predictMemory(question: MemoryQuestion): MemoryPrediction {
  const headChunks = headChunksFor(question.batch.responseRows, question.config.vocabularySize);
  const phases = [stepParts(question, headChunks), scoringParts(question)];
  const largest = (place: MemoryPlace): readonly MemoryPart[] =>
    phases
      .map((parts) => parts.filter((part) => part.place === place))
      .reduce((most, parts) => (totalBytes(parts) > totalBytes(most) ? parts : most), []);
  return {
    parts: [...largest('card'), ...largest('host')].map((part) => ({ ...part, bytes: Math.round(part.bytes) })),
    headChunks,
  };
}

export function totalBytes(parts: readonly MemoryPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The shape of a micro-batch of equal pairs. */
export function batchShape(
  pairs: number,
  lengths: { readonly prompt: number; readonly response: number },
  sharedPrefix: boolean,
): BatchShape {
  const responseRows = 2 * pairs * lengths.response;
  return sharedPrefix
    ? { sequences: pairs, sequenceTokens: lengths.prompt + 2 * lengths.response, responseRows }
    : { sequences: 2 * pairs, sequenceTokens: lengths.prompt + lengths.response, responseRows };
}

function stepParts(question: MemoryQuestion, headChunks: number): readonly MemoryPart[] {
  const { config, provider, batch, keptLayers, trainedParameters, accumulates } = question;
  const tokens = batch.sequences * batch.sequenceTokens;
  const { kept, working, stream } = bytesPerTokenAndLayer(question, batch.sequenceTokens, question.attentionBlocks);
  const layers = layerCounts(config.layers.length, keptLayers);
  const saved = activationBytes(config.layers.length, keptLayers, { layerBytes: kept, inputBytes: stream });
  const head = headBytes(question, Math.ceil(batch.responseRows / headChunks));
  const activations =
    layers.recomputed === 0
      ? 'activations of all layers'
      : `activations: ${layers.kept} of ${config.layers.length} layers kept, the others recomputed`;
  const work = { activations: tokens * saved, layer: tokens * working, head };
  const vectors = trainedParameters * floatBytes;
  const graphBytes = layers.kept * graphBytesPerLayer.kept + layers.recomputed * graphBytesPerLayer.recomputed;
  if (provider === 'cpu') {
    return onHost([
      ['runtime and graph', processBytes.cpu + graphBytes * (accumulates ? 2 : 1)],
      ['weights, mapped from their files', storedBytes(question)],
      ['weights, converted while in use', convertedBytes(question, 'steps')],
      ['trained parameters and optimiser', vectors * (optimizerCopies + (accumulates ? 2 : 0))],
      [activations, work.activations],
      // The runtime's allocator keeps what the head gave back in pieces that fit no layer.
      ['working sets of head and layer', work.layer + work.head],
    ]);
  }
  return [
    ...onCard(question, 'steps', [
      ['trained parameters and optimiser', vectors * (provider === 'cuda' ? loopCopies : optimizerCopies)],
      [activations, work.activations],
      ['working set of one layer (attention, gradients)', work.layer],
      ['working set of the head', work.head],
    ]),
    ...onHost([
      ['runtime, its libraries and graph', processBytes.device + config.layers.length * graphBytesPerLayer.recomputed],
      ['trained parameters and optimiser', vectors * hostCopies],
    ]),
  ];
}

/** Held-out pairs and answers beside nothing but the trained state, forward only. */
function scoringParts(question: MemoryQuestion): readonly MemoryPart[] {
  const { config, provider, batch, trainedParameters } = question;
  const rows = Math.max(1, Math.floor(scoringTokens / batch.sequenceTokens));
  const tokens = rows * batch.sequenceTokens;
  const { working } = bytesPerTokenAndLayer(
    question,
    batch.sequenceTokens,
    attentionBlocksFor(provider, config.heads, rows, batch.sequenceTokens),
  );
  const head = headBytes(question, Math.ceil(tokens / headChunksFor(tokens, config.vocabularySize)));
  const vectors = trainedParameters * floatBytes;
  const state: readonly [string, number] = ['trained parameters and optimiser', 3 * vectors];
  const work: readonly [string, number] = ['working sets of held-out pairs', tokens * working + head];
  if (provider === 'cpu') {
    return onHost([
      ['runtime and graph', processBytes.cpu + config.layers.length * graphBytesPerLayer.kept],
      ['weights, mapped from their files', storedBytes(question)],
      ['weights, converted while in use', convertedBytes(question, 'answers')],
      state,
      work,
    ]);
  }
  return [
    ...onCard(question, 'answers', [['trained parameters', vectors], work]),
    ...onHost([
      ['runtime, its libraries and graph', processBytes.device + config.layers.length * graphBytesPerLayer.kept],
      state,
    ]),
  ];
}

/** The card's parts: what is served by the arena, and what it always holds. */
function onCard(
  question: MemoryQuestion,
  phase: keyof typeof headCopiesConverted,
  served: readonly (readonly [name: string, bytes: number])[],
): readonly MemoryPart[] {
  const { provider } = question;
  const arena = served.reduce((sum, [, bytes]) => sum + bytes, convertedBytes(question, phase));
  const parts: readonly (readonly [string, number])[] = [
    ['context and libraries of the device', provider === 'cpu' ? 0 : contextBytes[provider]],
    ['weights as stored', storedBytes(question)],
    ['weights, converted while in use', convertedBytes(question, phase)],
    ...served,
    ["gaps in the allocator's regions", arenaWaste * arena],
  ];
  return parts.map(([name, bytes]) => ({ name, place: 'card', bytes }));
}

function onHost(parts: readonly (readonly [name: string, bytes: number])[]): readonly MemoryPart[] {
  return parts.map(([name, bytes]) => ({ name, place: 'host', bytes }));
}

/** Files' bytes: int4 blocks with their scales take 4.5 bits a weight of the blocks' linear layers. */
function storedBytes({ config, precision }: MemoryQuestion): number {
  const bytesPerWeight = config.torchDtype === 'float32' ? 4 : 2;
  if (precision.storage !== 'int4') return parameterCount(config) * bytesPerWeight;
  const quantized = [...decoderTensorShapes(config)]
    .filter(([name, shape]) => name.startsWith('model.layers.') && shape.length === 2)
    .reduce((sum, [, [rows = 0, columns = 0]]) => sum + rows * columns, 0);
  return quantized * (4.5 / 8) + (parameterCount(config) - quantized) * bytesPerWeight;
}

/** Weights in the element type of products where they are stored in another. */
function convertedBytes({ config, precision }: MemoryQuestion, phase: keyof typeof headCopiesConverted): number {
  const { hiddenSize, intermediateSize, vocabularySize } = config;
  if (precision.compute === 'float32')
    return config.torchDtype === 'float32' && precision.storage !== 'int4'
      ? 0
      : hiddenSize *
          Math.max(headCopiesConverted[phase] * vocabularySize, layerCopiesConverted * intermediateSize) *
          floatBytes;
  return precision.storage === 'int4' ? layerCopiesConverted * hiddenSize * intermediateSize * 2 : 0;
}

function headBytes({ config, precision }: MemoryQuestion, rows: number): number {
  return (
    (precision.compute === 'float32' ? headCopies.float32 : headCopies.narrow) *
    rows *
    config.vocabularySize *
    floatBytes
  );
}

/**
 * `kept`: what the backward pass needs of one token in one layer (norms, q, k, v before and after rotation, attention
 * probabilities where attention is not in blocks, attention output, residual, gate, up, their SiLU and product, adapter
 * inputs). `working`: gradients alive
 * at once while one block is worked on. `stream`: one hidden state. Probabilities, the stream of hidden states and with
 * it
 * the two norms' inputs are float32 whatever the products are. By the graph, attention in blocks keeps no scores; the
 * CPU's
 * allocator, measured with two blocks (npm run bench), ends up holding as much as if it did.
 */
function bytesPerTokenAndLayer(
  { config, provider, precision, adapterRanksPerLayer }: MemoryQuestion,
  sequenceTokens: number,
  attentionBlocks: number,
): { readonly kept: number; readonly working: number; readonly stream: number } {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headDim } = config;
  const narrow = precision.compute !== 'float32';
  const productBytes = narrow ? 2 : floatBytes;
  const queries = heads * headDim;
  const keyValues = keyValueHeads * headDim;
  const scores = floatBytes * heads * sequenceTokens;
  const block = scores / attentionBlocks;
  const keepsScores = attentionBlocks === 1 || (provider === 'cpu' && attentionBlocks === 2);
  const copies = keepsScores ? 3 : 2;
  return {
    kept:
      productBytes *
        (4 * hiddenSize + copies * queries + copies * keyValues + 4 * intermediateSize + adapterRanksPerLayer) +
      (narrow ? floatBytes * hiddenSize : 0) +
      (keepsScores ? scores : 0),
    working:
      productBytes * (4 * hiddenSize + 2 * queries + 3 * intermediateSize) +
      ((narrow ? scoreCopies.narrow : scoreCopies.float32) - (attentionBlocks === 1 ? 1 : 0)) * block,
    stream: floatBytes * hiddenSize,
  };
}
