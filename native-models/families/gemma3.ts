import { z } from 'zod';
import { badInput } from '../failure.ts';
import { parseFields } from '../files/json-file.ts';
import type { RotarySettings } from '../layers/rope.ts';
import type { Family } from './family.ts';
import { gemmaRefusedInGguf } from './gemma-gguf.ts';
import { gemmaActivation, gemmaScores, sandwichNorms } from './gemma2.ts';
import { type PlainDecoder, plainDecoder } from './plain-decoder.ts';
import { parseRotary } from './rotary.ts';
import { layerWindows, statedWindow } from './windows.ts';

/** Gemma3TextConfig's defaults: published files leave out what is as in the 4B model. */
const defaults = {
  vocab_size: 262_208,
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  max_position_embeddings: 131_072,
  bos_token_id: 2,
  eos_token_id: 1,
};

const localTheta = 10_000;
const schema = z.looseObject({
  rope_local_base_freq: z.number('expected a number').positive('expected a number above 0').nullish(),
  rope_parameters: z.looseObject({}).nullish(),
  sliding_window_pattern: z.int('expected a whole number').min(1, 'expected 1 or more').nullish(),
  use_bidirectional_attention: z.boolean('expected true or false').nullish(),
});

/**
 * Layers with a window and full ones in turns, each kind with a rotation of its own; four norms a layer, norms of q and
 * k, tanh GELU, scaled embeddings.
 */
export const gemma3: Family = {
  name: 'gemma3_text',
  architecture: 'Gemma3ForCausalLM',
  models: 'Gemma 3',
  describe(stated, file) {
    const json = { ...defaults, ...Object(stated) };
    const own = parseFields(schema, json, file, 'config-field-invalid');
    if (own.use_bidirectional_attention === true)
      throw badInput(
        'decoder-part-not-supported',
        `${file}: the model looks at later tokens too (use_bidirectional_attention), so it is not one that writes ` +
          'text. Choose another model.',
        { file, parts: ['use_bidirectional_attention'] },
      );
    const { raw, decoder } = plainDecoder(json, file, {
      keyValueHeads: 4,
      headDim: 256,
      activation: gemmaActivation,
      rotary: { theta: 1_000_000, layerType: 'full_attention' },
    });
    const attention = raw.attention_bias === true;
    const window = statedWindow(raw);
    const every = own.sliding_window_pattern ?? 6;
    const local = localRotary(json, own, decoder.headDim, file);
    // transformers passes over a cap on scores.
    const scores = { ...gemmaScores(json, file, { scores: null, logits: null }), scoreCap: null };
    // The window says which layers are local; a model without one has the local rotation in the same layers.
    const layers = layerWindows(decoder, raw, window ?? 0, (layer) => (layer + 1) % every !== 0, file).map((layer) =>
      layer.window === null ? layer : { window, rotary: local },
    );
    const described: PlainDecoder = {
      ...decoder,
      ...scores,
      layers,
      norms: { ...decoder.norms, ...sandwichNorms, queryKey: 'each head' },
      embeddingScale: Math.fround(raw.hidden_size ** 0.5),
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: false },
      tiedHead: raw.tie_word_embeddings ?? true,
    };
    return {
      ...described,
      family: 'gemma3_text',
      gguf: {
        architecture: 'gemma3',
        pairsRotatedRows: false,
        fields: [
          { key: 'attention.sliding_window', type: 'uint32', value: window ?? 0 },
          { key: 'rope.freq_base_swa', type: 'float32', value: local.theta },
        ],
        windowedRotary: { rotatedDims: decoder.headDim, theta: localTheta, scaling: null },
        refused: gemmaRefusedInGguf(described, { models: 'Gemma 3', fullEvery: 6, layersOfLargest: 62, capped: false }),
        contextLimit: null,
      },
      genaiType: 'gemma3_text',
    };
  },
};

/** The rotation of layers with a window: never stretched in the older layout. */
function localRotary(
  json: { readonly [field: string]: unknown },
  { rope_local_base_freq, rope_parameters }: z.infer<typeof schema>,
  headDim: number,
  file: string,
): RotarySettings {
  const theta = rope_local_base_freq ?? localTheta;
  const local = rope_parameters
    ? { ...json, rope_theta: theta, rope_parameters: { sliding_attention: {}, ...rope_parameters } }
    : { ...json, rope_theta: theta, rope_scaling: null };
  return parseRotary(local, headDim, file, { theta, layerType: 'sliding_attention' });
}
