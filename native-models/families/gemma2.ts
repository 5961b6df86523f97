import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { NormPlan } from './decoder-config.ts';
import type { Family } from './family.ts';
import { gemmaRefusedInGguf } from './gemma-gguf.ts';
import { type PlainDecoder, plainDecoder } from './plain-decoder.ts';
import { layerWindows, statedWindow } from './windows.ts';

const cap = z.number('expected a number').positive('expected a number above 0').nullish();
const schema = z.looseObject({
  query_pre_attn_scalar: z.number('expected a number').positive('expected a number above 0').default(256),
  attn_logit_softcapping: cap,
  final_logit_softcapping: cap,
});

/** Gemma 2 and 3 read `hidden_activation` and pass over `hidden_act`. */
export const gemmaActivation = { is: 'gelu-tanh', field: 'hidden_activation', names: ['gelu_pytorch_tanh'] } as const;

/** Norms before and after attention and feed-forward, stored as their distance from one. */
export const sandwichNorms = {
  beforeAttention: 'input_layernorm',
  afterAttention: 'post_attention_layernorm',
  beforeFeedForward: 'pre_feedforward_layernorm',
  afterFeedForward: 'post_feedforward_layernorm',
  offset: 1,
} as const satisfies Partial<NormPlan>;

/** What Gemma 2 and 3 say of scores and logits; `caps` are taken where config.json is silent. */
export function gemmaScores(
  json: unknown,
  file: string,
  caps: { readonly scores: number | null; readonly logits: number | null },
): { readonly attentionScale: number; readonly scoreCap: number | null; readonly logitCap: number | null } {
  const raw = parseFields(schema, json, file, 'config-field-invalid');
  const { attn_logit_softcapping: scores, final_logit_softcapping: logits } = raw;
  return {
    attentionScale: raw.query_pre_attn_scalar ** -0.5,
    scoreCap: scores === undefined ? caps.scores : scores,
    logitCap: logits === undefined ? caps.logits : logits,
  };
}

/** Capped scores and logits, four norms a layer, tanh GELU, scaled embeddings, and a window in every other layer. */
export const gemma2: Family = {
  name: 'gemma2',
  architecture: 'Gemma2ForCausalLM',
  models: 'Gemma 2',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: 4, headDim: 256, activation: gemmaActivation });
    const attention = raw.attention_bias === true;
    const window = statedWindow(raw);
    const scores = gemmaScores(json, file, { scores: 50, logits: 30 });
    const described: PlainDecoder = {
      ...decoder,
      ...scores,
      layers: layerWindows(decoder, raw, window, (layer) => layer % 2 === 0, file),
      norms: { ...decoder.norms, ...sandwichNorms },
      embeddingScale: Math.fround(raw.hidden_size ** 0.5),
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: false },
      tiedHead: raw.tie_word_embeddings ?? true,
    };
    return {
      ...described,
      family: 'gemma2',
      gguf: {
        architecture: 'gemma2',
        pairsRotatedRows: false,
        fields: [
          { key: 'attention.sliding_window', type: 'uint32', value: window ?? 0 },
          { key: 'attn_logit_softcapping', type: 'float32', value: scores.scoreCap ?? 0 },
          { key: 'final_logit_softcapping', type: 'float32', value: scores.logitCap ?? 0 },
        ],
        headIsEmbedding: true,
        refused: gemmaRefusedInGguf(described, { models: 'Gemma 2', fullEvery: 2, layersOfLargest: 46, capped: true }),
        contextLimit: null,
      },
      genaiType: 'gemma2',
    };
  },
};
