import type { DecoderConfig } from '../architectures/decoder-config.ts';
import { parameterCount } from '../architectures/tensor-shapes.ts';
import { headChunksFor } from './head-chunks.ts';

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
  /** Bytes of one stored weight: 4 for float32, 2 for float16 and bfloat16. */
  readonly storedBytesPerWeight: number;
  /** Numbers that are trained: the adapter's, or all. */
  readonly trainedParameters: number;
  /** Sum of the ranks of the adapters in a block; 0 when every parameter is trained. */
  readonly adapterRanksPerLayer: number;
  readonly batch: BatchShape;
  readonly layerCheckpointing: boolean;
  /** Parts in which attention takes the queries of a row; with more than two, hardly any scores are kept. */
  readonly attentionBlocks: number;
}

export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
}

export interface MemoryPrediction {
  readonly parts: readonly MemoryPart[];
  /** Predicted peak of the process, mapped weights included. */
  readonly totalBytes: number;
  /** Parts in which response rows pass through the head. */
  readonly headChunks: number;
}

/** Node and the runtime's libraries. */
const processBytes = 150e6;
/** The loaded graph of one block, and what was built to write it: more nodes where layers are recomputed. */
const graphBytesPerLayer = { kept: 3e6, recomputed: 4e6 };
const floatBytes = 4;
/** Logits, log-softmax and softmax of one part of the rows. */
const headCopies = 3;
/** The head multiplies by its weight twice in a row, each time converted anew. */
const convertedCopies = 2;
/** Parameters, two moments and the gradient, and the next parameters and moments beside the present ones. */
const optimizerCopies = 7;

/**
 * Predicts the peak memory of training in float32 on the CPU. The numbers of values kept per token and layer are
 * counted from the emitted graph and agree with what was measured on a SmolLM2-135M shape (110 MB a layer at 2,048
 * tokens; one hidden state a layer with checkpointing).
 */
export function predictMemory(question: MemoryQuestion): MemoryPrediction {
  const { config, batch, layerCheckpointing } = question;
  const tokens = batch.sequences * batch.sequenceTokens;
  const { kept, working } = floatsPerTokenAndLayer(config, batch.sequenceTokens, question.adapterRanksPerLayer, question.attentionBlocks);
  const headChunks = headChunksFor(batch.responseRows, config.vocabularySize);
  const saved = layerCheckpointing ? config.layers * config.hiddenSize + kept : config.layers * kept;
  const layerWork = tokens * working * floatBytes;
  const headWork = headCopies * Math.ceil(batch.responseRows / headChunks) * config.vocabularySize * floatBytes;
  const parts = [
    { name: 'runtime and graph', bytes: processBytes + config.layers * (layerCheckpointing ? graphBytesPerLayer.recomputed : graphBytesPerLayer.kept) },
    { name: 'weights, mapped from their files', bytes: parameterCount(config) * question.storedBytesPerWeight },
    { name: 'weights, converted while in use', bytes: question.storedBytesPerWeight === floatBytes ? 0 : convertedCopies * largestWeight(config) * floatBytes },
    { name: 'trained parameters and optimiser', bytes: question.trainedParameters * optimizerCopies * floatBytes },
    { name: layerCheckpointing ? 'activations, recomputed layer by layer' : 'activations of all layers', bytes: tokens * saved * floatBytes },
    // The runtime's allocator keeps what the head gave back in pieces that fit no layer.
    { name: 'working sets of head and layer', bytes: layerWork + headWork },
  ].map(({ name, bytes }) => ({ name, bytes: Math.round(bytes) }));
  return { parts, totalBytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), headChunks };
}

/** The shape of a micro-batch of equal pairs. */
export function batchShape(pairs: number, lengths: { readonly prompt: number; readonly response: number }, sharedPrefix: boolean): BatchShape {
  const responseRows = 2 * pairs * lengths.response;
  return sharedPrefix
    ? { sequences: pairs, sequenceTokens: lengths.prompt + 2 * lengths.response, responseRows }
    : { sequences: 2 * pairs, sequenceTokens: lengths.prompt + lengths.response, responseRows };
}

/**
 * `kept`: what the backward pass needs of one token in one block (norms, q, k, v before and after rotation, attention
 * probabilities, attention output, residual, gate, up, their SiLU and product, adapter inputs).
 * `working`: gradients alive at once while one block is worked on.
 */
function floatsPerTokenAndLayer(config: DecoderConfig, sequenceTokens: number, adapterRanks: number, attentionBlocks: number): { readonly kept: number; readonly working: number } {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headDim } = config;
  const queries = heads * headDim;
  const keyValues = keyValueHeads * headDim;
  const scores = heads * sequenceTokens * Math.min(1, 2 / attentionBlocks);
  return {
    kept: 4 * hiddenSize + 3 * queries + 3 * keyValues + scores + 4 * intermediateSize + adapterRanks,
    working: 4 * hiddenSize + 2 * queries + 2 * scores + 3 * intermediateSize,
  };
}

function largestWeight({ hiddenSize, intermediateSize, vocabularySize }: DecoderConfig): number {
  return hiddenSize * Math.max(vocabularySize, intermediateSize);
}
