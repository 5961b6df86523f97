import type { DecoderConfig } from '../families/decoder-config.ts';

/**
 * Every tensor a decoder needs, under Hugging Face's names, with its shape. Linear weights are
 * [out features, in features]. A tied head has no `lm_head.weight`.
 */
export function decoderTensorShapes(config: DecoderConfig): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize, vocabularySize } = config;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [vocabularySize, hiddenSize]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [name, shape] of layerTensorShapes(config)) shapes.set(`model.layers.${layer}.${name}`, shape);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!config.tiedHead) shapes.set('lm_head.weight', [vocabularySize, hiddenSize]);
  return shapes;
}

/** How many numbers the model learns; a tied head counts once. */
export function parameterCount(config: DecoderConfig): number {
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
  const layer = layerTensorShapes(config).reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
  const embedding = config.vocabularySize * config.hiddenSize;
  return embedding * (config.tiedHead ? 1 : 2) + config.layers * layer + config.hiddenSize;
}

function layerTensorShapes(config: DecoderConfig): readonly (readonly [name: string, shape: readonly number[]])[] {
  const { hiddenSize, headDim, intermediateSize } = config;
  const queryWidth = config.heads * headDim;
  const keyValueWidth = config.keyValueHeads * headDim;
  return [
    ['input_layernorm.weight', [hiddenSize]],
    ...linear('self_attn.q_proj', queryWidth, hiddenSize, config.attentionBias),
    ...linear('self_attn.k_proj', keyValueWidth, hiddenSize, config.attentionBias),
    ...linear('self_attn.v_proj', keyValueWidth, hiddenSize, config.attentionBias),
    ...linear('self_attn.o_proj', hiddenSize, queryWidth, config.attentionOutputBias),
    ...(config.queryKeyNorm
      ? ([
          ['self_attn.q_norm.weight', [headDim]],
          ['self_attn.k_norm.weight', [headDim]],
        ] as const)
      : []),
    ['post_attention_layernorm.weight', [hiddenSize]],
    ...linear('mlp.gate_proj', intermediateSize, hiddenSize, config.mlpBias),
    ...linear('mlp.up_proj', intermediateSize, hiddenSize, config.mlpBias),
    ...linear('mlp.down_proj', hiddenSize, intermediateSize, config.mlpBias),
  ];
}

function linear(
  name: string,
  outFeatures: number,
  inFeatures: number,
  bias: boolean,
): (readonly [string, readonly number[]])[] {
  const weight = [`${name}.weight`, [outFeatures, inFeatures]] as const;
  return bias ? [weight, [`${name}.bias`, [outFeatures]]] : [weight];
}
