import { failed } from '../failure.ts';
import { reduceMean } from '../graph/contraction.ts';
import { add, cast, mul, sub } from '../graph/elementwise.ts';
import { addRmsNormalize, rmsNormalize, rotate, silu } from '../graph/fused.ts';
import { reshape } from '../graph/layout.ts';
import { dimAt } from '../graph/shape.ts';
import { type Value, scalar, withScope } from '../graph/value.ts';
import { attend, splitKeys } from '../layers/attention.ts';
import { checkpointed } from '../layers/checkpoint.ts';
import { geluTanh } from '../layers/gelu.ts';
import { type HeadWeight } from '../layers/head.ts';
import { linear, linears } from '../layers/linear.ts';
import type { RotaryTables } from '../layers/rope.ts';
import { splitLast } from '../layers/split.ts';
import type { DecoderConfig } from '../families/decoder-config.ts';
import type { ByLayer } from '../families/layer-plans.ts';
import { layerCounts } from './kept-layers.ts';
import { projectedWidths } from './tensor-shapes.ts';
import type { Weights } from './weights.ts';
import type { KeptLayers } from '../vocabulary/setting-row.ts';

/**
 * How the queries of one layer `[batch, seq, heads·headDim]` meet keys and values `[batch, seq,
 * keyValueHeads·headDim]`; generation keeps those, training does not.
 */
export type Attend = (layer: number, q: Value, k: Value, v: Value) => Value;

interface LayerContext {
  readonly config: DecoderConfig;
  readonly weights: Weights;
  readonly positions: Value;
  readonly rotary: ByLayer<RotaryTables | null>;
  readonly attend: Attend;
  /** Nothing is differentiated, so kernels without a backward form may be used. */
  readonly forwardOnly: boolean;
}

/** The residual stream before its last addition, so that the addition and the norm after it can be one kernel. */
interface Stream {
  readonly base: Value;
  /** In the type of products; `null` at the start. */
  readonly addition: Value | null;
}

function settled({ base, addition }: Stream): Value {
  return addition === null ? base : add(base, cast(addition, base.dtype));
}

function scaled(x: Value, factor: number): Value {
  return factor === 1 ? x : mul(x, scalar(x.dtype, factor));
}

function embedded(tokens: Value, { config, weights }: LayerContext): Value {
  return scaled(weights.rows('model.embed_tokens.weight', tokens), config.embeddingScale);
}

/** The final norm, scaled so that a product with the head gives the scaled logits. */
function finalNorm(stream: Stream, context: LayerContext): Value {
  return scaled(streamNorm(stream, context.config.names.finalNorm, context).normed, context.config.logitScale);
}

/** A norm's weight in the island type. */
function normWeight(name: string, { config, weights }: LayerContext): Value {
  const stored = weights.island(`${name}.weight`);
  return config.norms.offset === 0 ? stored : add(stored, scalar(stored.dtype, config.norms.offset));
}

/** The norm of that name in the island type, ready for products. */
function norm(x: Value, name: string, context: LayerContext): Value {
  const {
    config: { norms },
    weights,
  } = context;
  const wide = cast(x, weights.islands);
  // LayerNorm is the RMSNorm of what its mean was taken from.
  const row = norms.kind === 'rms' ? wide : sub(wide, reduceMean(wide, { axes: [-1], keepDims: true }));
  const [normed] = rmsNormalize(row, normWeight(name, context), norms.epsilon);
  return cast(norms.bias ? add(normed, weights.island(`${name}.bias`)) : normed, weights.compute);
}

/** The settled stream, and its norm; without a norm the stream itself, ready for products. */
function streamNorm(
  stream: Stream,
  name: string | null,
  context: LayerContext,
): { readonly sum: Value; readonly normed: Value } {
  const { weights, config, forwardOnly } = context;
  if (name === null) {
    const sum = settled(stream);
    return { sum, normed: cast(sum, weights.compute) };
  }
  if (forwardOnly && stream.addition !== null && config.norms.kind === 'rms' && !config.norms.bias) {
    const [normed, sum] = addRmsNormalize(
      stream.base,
      cast(stream.addition, stream.base.dtype),
      normWeight(name, context),
      config.norms.epsilon,
    );
    return { sum, normed: cast(normed, weights.compute) };
  }
  const sum = settled(stream);
  return { sum, normed: norm(sum, name, context) };
}

/** RMSNorm of q or k `[batch, seq, heads·headDim]` as the model has it. */
function queryKeyNorm(x: Value, name: string, heads: number, context: LayerContext): Value {
  const { norms, headDim } = context.config;
  if (norms.queryKey === null) return x;
  if (norms.queryKey === 'full width') return norm(x, name, context);
  const [batch, seq] = [dimAt(x.shape, 0), dimAt(x.shape, 1)];
  return reshape(norm(reshape(x, [batch, seq, heads, headDim]), name, context), x.shape);
}

function inLayer(name: string, layer: number): string {
  return `model.layers.${layer}.${name}`;
}

/**
 * Products of `x` with several matrices, or the parts of one with a matrix that holds them all. Each product is built
 * when it is asked for, so that what is done with it follows at once in the graph.
 */
function projected(
  x: Value,
  names: { readonly split: readonly string[]; readonly fused: string },
  widths: readonly number[],
  { weights, form, bias }: { readonly weights: Weights; readonly form: 'split' | 'fused'; readonly bias: boolean },
): readonly (() => Value)[] {
  if (form === 'fused')
    return splitLast(linear(x, weights.linear(names.fused, bias)), widths).map((part) => () => part);
  const layers = names.split.map((name) => weights.linear(name, bias));
  const product = linears(x, layers);
  return layers.map((layer) => () => product(layer));
}

function attentionBlock(x: Value, layer: number, context: LayerContext): Value {
  const { config, weights, positions } = context;
  const rotary = context.rotary(layer);
  const prefix = `model.layers.${layer}.self_attn`;
  const { query, keyValue } = projectedWidths(config);
  const names = { split: ['q', 'k', 'v'].map((part) => `${prefix}.${part}_proj`), fused: `${prefix}.qkv_proj` };
  const [q, k, v] = projected(x, names, [query, keyValue, keyValue], {
    weights,
    form: config.projections.queryKeyValue,
    bias: config.biases.queryKeyValue,
  });
  if (q === undefined || k === undefined || v === undefined)
    throw failed('graph-invalid', 'attention was projected without q, k and v.');
  const turned = (part: Value, name: string, heads: number): Value => {
    const normed = queryKeyNorm(part, `${prefix}.${name}`, heads, context);
    return rotary === null ? normed : rotate(normed, positions, rotary.cosine, rotary.sine, config.headDim);
  };
  const queries = turned(q(), 'q_norm', config.heads);
  const keys = turned(k(), 'k_norm', config.keyValueHeads);
  const mixed = context.attend(layer, queries, keys, v());
  return linear(mixed, weights.linear(inLayer(config.names.attentionOutput, layer), config.biases.attentionOutput));
}

/** GELU cubes its input, which 16 bits do not hold, so it is computed in the island type. */
function activation(gate: Value, { config, weights }: LayerContext): Value {
  return config.activation === 'silu' ? silu(gate) : cast(geluTanh(cast(gate, weights.islands)), gate.dtype);
}

function feedForward(x: Value, layer: number, context: LayerContext): Value {
  const { config, weights } = context;
  const { intermediateSize, biases, projections, names } = config;
  const stored = {
    split: [names.gate ?? [], names.up].flat().map((name) => inLayer(name, layer)),
    fused: inLayer(names.gateUp, layer),
  };
  const [first, second] = projected(x, stored, [intermediateSize, intermediateSize], {
    weights,
    form: projections.gateUp,
    bias: biases.feedForward,
  });
  if (first === undefined) throw failed('graph-invalid', 'a feed-forward has no products.');
  const activated = activation(first(), context);
  return linear(
    second === undefined ? activated : mul(activated, second()),
    weights.linear(inLayer(names.down, layer), biases.feedForward),
  );
}

function block(stream: Stream, layer: number, context: LayerContext): Stream {
  const { norms, residualScale, parallel } = context.config;
  const named = (name: string | null): string | null => (name === null ? null : inLayer(name, layer));
  const after = (addition: Value, name: string | null): Value => {
    const weight = named(name);
    return scaled(weight === null ? addition : norm(addition, weight, context), residualScale);
  };
  const attended = withScope('attention', () => {
    const { sum, normed } = streamNorm(stream, named(norms.beforeAttention), context);
    return { base: sum, normed, addition: after(attentionBlock(normed, layer, context), norms.afterAttention) };
  });
  return withScope('feed forward', () => {
    if (parallel) {
      const { base, normed, addition } = attended;
      const own = named(norms.beforeFeedForward);
      const read = own === null ? normed : norm(base, own, context);
      return { base, addition: add(addition, after(feedForward(read, layer, context), norms.afterFeedForward)) };
    }
    const { sum, normed } = streamNorm(attended, named(norms.beforeFeedForward), context);
    return { base: sum, addition: after(feedForward(normed, layer, context), norms.afterFeedForward) };
  });
}

export interface DecoderInputs {
  /** `[batch, seq]` int64 */
  readonly tokens: Value;
  /** `[batch, seq]` int64 */
  readonly positions: Value;
  readonly rotary: ByLayer<RotaryTables | null>;
}

export interface DecoderOptions {
  readonly keptLayers: KeptLayers;
  /** For scoring: no gradient will be asked for. */
  readonly forwardOnly: boolean;
}

/**
 * The decoder up to its final norm, for training and scoring: hidden states `[batch, seq, hiddenSize]`, whose product
 * with the head is the logits before their cap.
 */
export function decoder(
  config: DecoderConfig,
  weights: Weights,
  { tokens, positions, rotary }: DecoderInputs,
  attend: Attend,
  { keptLayers, forwardOnly }: DecoderOptions,
): Value {
  const context: LayerContext = {
    config,
    weights,
    positions,
    rotary,
    attend,
    forwardOnly,
  };
  let stream: Stream = {
    base: withScope('embedding', () => embedded(tokens, context)),
    addition: null,
  };
  const { recomputed } = layerCounts(config.layers.length, keptLayers);
  for (const layer of config.layers.keys()) {
    const build = (start: Stream): Stream => withScope(`layer ${layer}`, () => block(start, layer, context));
    stream =
      layer < recomputed
        ? {
            base: checkpointed(settled(stream), weights.trainedUnder(`model.layers.${layer}.`), (base) =>
              settled(build({ base, addition: null })),
            ),
            addition: null,
          }
        : build(stream);
  }
  return withScope('final norm', () => finalNorm(stream, context));
}

/** Keys and values of one layer, `[batch, keyValueHeads, seq, headDim]` each. */
export interface LayerCache {
  readonly keys: Value;
  readonly values: Value;
}

/**
 * The decoder over new tokens that also look at cached ones, as each layer's bias `[batch, 1, seq, keys]` allows.
 * `extend` joins a layer's cache with the new keys and values; gives hidden states of the new tokens and the grown
 * caches.
 */
export function cachedDecoder(
  config: DecoderConfig,
  weights: Weights,
  { tokens, positions, biases, rotary }: DecoderInputs & { readonly biases: ByLayer<Value> },
  extend: (layer: number, added: LayerCache) => LayerCache,
): { readonly hidden: Value; readonly caches: readonly LayerCache[] } {
  const caches: LayerCache[] = [];
  const attendCached: Attend = (layer, q, k, v) => {
    const cache = extend(layer, { keys: splitKeys(k, config), values: splitKeys(v, config) });
    caches.push(cache);
    return attend(q, cache.keys, cache.values, biases(layer), config);
  };
  const context: LayerContext = { config, weights, positions, rotary, attend: attendCached, forwardOnly: true };
  let stream: Stream = { base: embedded(tokens, context), addition: null };
  for (const layer of config.layers.keys()) stream = withScope(`layer ${layer}`, () => block(stream, layer, context));
  return { hidden: finalNorm(stream, context), caches };
}

/** Name of the output head's weight: the embedding when tied. */
export function headName(config: DecoderConfig): string {
  return config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight';
}

/** What is added to the logits, `[vocabulary]` in the island type; `null` where nothing is. */
export function headBias(config: DecoderConfig, weights: Weights): Value | null {
  return config.headBias ? weights.island('lm_head.bias') : null;
}

/** The output head as {@link HeadWeight}. */
export function headWeight(config: DecoderConfig, weights: Weights): HeadWeight {
  const name = headName(config);
  return { whole: weights.get(name), rows: (indices) => weights.rows(name, indices) };
}
