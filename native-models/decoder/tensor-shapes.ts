import type { DecoderConfig } from '../families/decoder-config.ts';

/**
 * Every tensor a decoder needs, under Hugging Face's names, with its shape. Linear weights are [out features, in
 * features]. A tied head has no `lm_head.weight`.
 */
export function decoderTensorShapes(config: DecoderConfig): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize, vocabularySize } = config;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [vocabularySize, hiddenSize]]]);
  const inLayer = layerTensorShapes(config);
  for (const layer of config.layers.keys()) {
    for (const [name, shape] of inLayer) shapes.set(`model.layers.${layer}.${name}`, shape);
  }
  for (const [name, shape] of normShapes(config.names.finalNorm, config)) shapes.set(name, shape);
  if (!config.tiedHead) shapes.set('lm_head.weight', [vocabularySize, hiddenSize]);
  if (config.headBias) shapes.set('lm_head.bias', [vocabularySize]);
  return shapes;
}

/** How many numbers the model learns; a tied head counts once. */
export function parameterCount(config: DecoderConfig): number {
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
  const layer = layerTensorShapes(config).reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
  const finalNorm = normShapes(config.names.finalNorm, config).length * config.hiddenSize;
  const headBias = config.headBias ? config.vocabularySize : 0;
  const embedding = config.vocabularySize * config.hiddenSize;
  return embedding * (config.tiedHead ? 1 : 2) + config.layers.length * layer + finalNorm + headBias;
}

/** A linear layer of a block, in the order of its tensors. */
export interface LinearLayer {
  /** Within `model.layers.N.`, e.g. `self_attn.q_proj`. */
  readonly name: string;
  readonly outFeatures: number;
  readonly inFeatures: number;
  readonly bias: boolean;
}

export function linearLayers(config: DecoderConfig): readonly LinearLayer[] {
  return [...attentionLayers(config), ...feedForwardLayers(config)];
}

/** Numbers of a token's queries, and of its keys or values. */
export function projectedWidths({ heads, keyValueHeads, headDim }: DecoderConfig): {
  readonly query: number;
  readonly keyValue: number;
} {
  return { query: heads * headDim, keyValue: keyValueHeads * headDim };
}

function attentionLayers(config: DecoderConfig): readonly LinearLayer[] {
  const { hiddenSize, heads, headDim, biases, projections } = config;
  const project = (name: string, outFeatures: number): LinearLayer => ({
    name: `self_attn.${name}`,
    outFeatures,
    inFeatures: hiddenSize,
    bias: biases.queryKeyValue,
  });
  const { query, keyValue } = projectedWidths(config);
  return [
    ...(projections.queryKeyValue === 'fused'
      ? [project('qkv_proj', query + 2 * keyValue)]
      : [project('q_proj', query), project('k_proj', keyValue), project('v_proj', keyValue)]),
    {
      name: config.names.attentionOutput,
      outFeatures: hiddenSize,
      inFeatures: heads * headDim,
      bias: biases.attentionOutput,
    },
  ];
}

function feedForwardLayers(config: DecoderConfig): readonly LinearLayer[] {
  const { hiddenSize, intermediateSize, biases, projections, names } = config;
  const layer = (name: string, outFeatures: number, inFeatures: number): LinearLayer => ({
    name,
    outFeatures,
    inFeatures,
    bias: biases.feedForward,
  });
  return [
    ...(projections.gateUp === 'fused'
      ? [layer(names.gateUp, 2 * intermediateSize, hiddenSize)]
      : [names.gate ?? [], names.up].flat().map((name) => layer(name, intermediateSize, hiddenSize))),
    layer(names.down, hiddenSize, intermediateSize),
  ];
}

type TensorShape = readonly [name: string, shape: readonly number[]];

function layerTensorShapes(config: DecoderConfig): readonly TensorShape[] {
  const { headDim, norms } = config;
  const { query, keyValue } = projectedWidths(config);
  const norm = (name: string | null): readonly TensorShape[] => (name === null ? [] : normShapes(name, config));
  const queryKeyNorm = (name: string, normed: number): readonly TensorShape[] =>
    norms.queryKey === null ? [] : [[`self_attn.${name}.weight`, [norms.queryKey === 'each head' ? headDim : normed]]];
  return [
    ...norm(norms.beforeAttention),
    ...attentionLayers(config).flatMap(linearShapes),
    ...queryKeyNorm('q_norm', query),
    ...queryKeyNorm('k_norm', keyValue),
    ...norm(norms.afterAttention),
    ...norm(norms.beforeFeedForward),
    ...feedForwardLayers(config).flatMap(linearShapes),
    ...norm(norms.afterFeedForward),
  ];
}

function normShapes(name: string, { hiddenSize, norms }: DecoderConfig): readonly TensorShape[] {
  return ['weight', norms.bias ? 'bias' : []].flat().map((kind) => [`${name}.${kind}`, [hiddenSize]]);
}

function linearShapes({ name, outFeatures, inFeatures, bias }: LinearLayer): readonly TensorShape[] {
  const weight = [`${name}.weight`, [outFeatures, inFeatures]] as const;
  return bias ? [weight, [`${name}.bias`, [outFeatures]]] : [weight];
}
