import { activationBytes, layerCounts } from '../decoder/kept-layers.ts';
import type { KeptLayers } from '../vocabulary/setting-row.ts';
import { decoderTensorShapes, linearLayers, parameterCount } from '../decoder/tensor-shapes.ts';
import { largestOf } from '../extremes.ts';
import type { DecoderConfig } from '../families/decoder-config.ts';
import { attentionBlocksFor } from './attention-blocks.ts';
import { headChunksFor } from './head-chunks.ts';
import type { ProviderName } from './session.ts';
import type { Precision } from '../protocol/precision.ts';

/** The longest micro-batch a run will see, as the graph lays it out. */
export interface BatchShape {
  /** Rows of the batch: pairs with a shared prefix, responses without. */
  readonly sequences: number;
  /** Tokens in a row, padding included. */
  readonly sequenceTokens: number;
  /** Response tokens in all rows. */
  readonly responseRows: number;
  /** Tokens of the longest prompt. */
  readonly promptTokens: number;
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

/** The shape of a micro-batch of equal pairs. */
export function batchShape(
  pairs: number,
  lengths: { readonly prompt: number; readonly response: number },
  sharedPrefix: boolean,
): BatchShape {
  const [responseRows, promptTokens] = [2 * pairs * lengths.response, lengths.prompt];
  return sharedPrefix
    ? { sequences: pairs, sequenceTokens: lengths.prompt + 2 * lengths.response, responseRows, promptTokens }
    : { sequences: 2 * pairs, sequenceTokens: lengths.prompt + lengths.response, responseRows, promptTokens };
}

/** The loaded graph of one block, and what was built to write it: more nodes where layers are recomputed. */
export const graphBytesPerLayer = { kept: 3e6, recomputed: 4e6 };
export const floatBytes = 4;
/** Logits, log-softmax and softmax of one part of the rows; narrow products are made before they are widened. */
const headCopies = { float32: 3, narrow: 4 };
/** Layers convert theirs for each use; that of one use lies beside that of the next. */
const layerCopiesConverted = 2;
/**
 * Of attention's scores at once, in float32: what one block works on, or a kept copy and what is worked on beside it.
 */
const scoreCopies = { float32: 2, narrow: 2.5 };
/** Tokens of one forward-only run over held-out pairs (engine/train/score-references.ts). */
export const scoringTokens = 4096;

/** Bytes of what a step works on, apart from vectors as long as the trained parameters. */
export function stepWork(
  question: MemoryQuestion,
  headChunks: number,
): { readonly activations: number; readonly layer: number; readonly head: number; readonly graph: number } {
  const { config, batch, keptLayers } = question;
  const tokens = batch.sequences * batch.sequenceTokens;
  const { kept, working, stream } = bytesPerTokenAndLayer(question, batch.sequenceTokens, question.attentionBlocks);
  const layers = layerCounts(config.layers.length, keptLayers);
  const saved = activationBytes(config.layers.length, keptLayers, { layerBytes: kept, inputBytes: stream });
  return {
    activations: tokens * saved,
    layer: tokens * working,
    head: headBytes(question, Math.ceil(batch.responseRows / headChunks)),
    graph: layers.kept * graphBytesPerLayer.kept + layers.recomputed * graphBytesPerLayer.recomputed,
  };
}

/** What held-out pairs are worked on with, forward only. */
export function scoringWork(question: MemoryQuestion): number {
  const { config, provider, batch } = question;
  const rows = Math.max(1, Math.floor(scoringTokens / batch.sequenceTokens));
  const tokens = rows * batch.sequenceTokens;
  const { working } = bytesPerTokenAndLayer(
    question,
    batch.sequenceTokens,
    attentionBlocksFor(provider, config.heads, rows, batch.sequenceTokens),
  );
  return tokens * working + headBytes(question, Math.ceil(tokens / headChunksFor(tokens, config.vocabularySize)));
}

export function trainsEverything({ adapterRanksPerLayer }: MemoryQuestion): boolean {
  return adapterRanksPerLayer === 0;
}

/** Files' bytes: int4 blocks with their scales take 4.5 bits a weight of the blocks' linear layers. */
export function storedBytes({ config, precision }: MemoryQuestion): number {
  const bytesPerWeight = config.torchDtype === 'float32' ? 4 : 2;
  if (precision.storage !== 'int4') return parameterCount(config) * bytesPerWeight;
  const quantized = [...decoderTensorShapes(config)]
    .filter(([name, shape]) => name.startsWith('model.layers.') && shape.length === 2)
    .reduce((sum, [, [rows = 0, columns = 0]]) => sum + rows * columns, 0);
  return quantized * (4.5 / 8) + (parameterCount(config) - quantized) * bytesPerWeight;
}

/** Weights in the element type of products where they are stored in another, those of one use at a time. */
export function convertedBytes(question: MemoryQuestion): number {
  const { config, precision } = question;
  const { hiddenSize, vocabularySize } = config;
  const matrix = largestMatrix(config);
  if (precision.compute !== 'float32') return precision.storage === 'int4' ? layerCopiesConverted * matrix * 2 : 0;
  return isConverted(question) ? Math.max(hiddenSize * vocabularySize, layerCopiesConverted * matrix) * floatBytes : 0;
}

/** Numbers of the largest linear layer of a block. */
function largestMatrix(config: DecoderConfig): number {
  return largestOf(linearLayers(config).map(({ outFeatures, inFeatures }) => outFeatures * inFeatures));
}

export function isConverted({ config, precision }: MemoryQuestion): boolean {
  return precision.compute === 'float32' && (config.torchDtype !== 'float32' || precision.storage === 'int4');
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
 * inputs). `working`: gradients alive at once while one block is worked on. `stream`: one hidden state. Probabilities,
 * the stream of hidden states and with it the two norms' inputs are float32 whatever the products are. By the graph,
 * attention in blocks keeps no scores; the CPU's allocator, measured with two blocks (npm run bench), ends up holding
 * as much as if it did.
 */
export function bytesPerTokenAndLayer(
  question: MemoryQuestion,
  sequenceTokens: number,
  attentionBlocks: number,
): { readonly kept: number; readonly working: number; readonly stream: number } {
  const { config, precision, adapterRanksPerLayer } = question;
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headDim } = config;
  const narrow = precision.compute !== 'float32';
  const productBytes = narrow ? 2 : floatBytes;
  const queries = heads * headDim;
  const keyValues = keyValueHeads * headDim;
  const scores = floatBytes * heads * sequenceTokens;
  const block = scores / attentionBlocks;
  const scoresKept = keepsScores(question, attentionBlocks);
  const copies = scoresKept ? 3 : 2;
  return {
    kept:
      productBytes *
        (4 * hiddenSize + copies * queries + copies * keyValues + 4 * intermediateSize + adapterRanksPerLayer) +
      (narrow ? floatBytes * hiddenSize : 0) +
      (scoresKept ? scores : 0),
    working:
      productBytes * (4 * hiddenSize + 2 * queries + 3 * intermediateSize) +
      ((narrow ? scoreCopies.narrow : scoreCopies.float32) - (attentionBlocks === 1 ? 1 : 0)) * block,
    stream: floatBytes * hiddenSize,
  };
}

/** Whether the scores of attention are held from the forward to the backward pass. */
export function keepsScores({ provider }: MemoryQuestion, attentionBlocks: number): boolean {
  return attentionBlocks === 1 || (provider === 'cpu' && attentionBlocks === 2);
}
