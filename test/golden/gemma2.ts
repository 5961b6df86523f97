import { z } from 'zod';
import { parseFields } from '../../native-models/files/json-file.ts';
import type { Family } from '../../native-models/families/family.ts';
import { plainDecoder } from '../../native-models/families/plain-decoder.ts';

const cap = z.number('expected a number').positive('expected a number above 0').nullish();
const schema = z.looseObject({
  query_pre_attn_scalar: z.number('expected a number').positive('expected a number above 0').default(256),
  attn_logit_softcapping: cap,
  final_logit_softcapping: cap,
});

/** Gemma 2, which is not offered yet: every part of a block that the families on offer do not need. */
export const gemma2: Family = {
  name: 'gemma2',
  architecture: 'Gemma2ForCausalLM',
  models: 'Gemma 2',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: 4, headDim: 256, activation: 'gelu-tanh' });
    const own = parseFields(schema, json, file, 'config-field-invalid');
    const attention = raw.attention_bias === true;
    return {
      ...decoder,
      family: 'gemma2',
      layers: decoder.layers.map((layer, index) => ({
        ...layer,
        window: index % 2 === 0 ? (raw.sliding_window ?? 4096) : null,
      })),
      norms: {
        ...decoder.norms,
        afterAttention: 'post_attention_layernorm',
        beforeFeedForward: 'pre_feedforward_layernorm',
        afterFeedForward: 'post_feedforward_layernorm',
        offset: 1,
      },
      embeddingScale: raw.hidden_size ** 0.5,
      attentionScale: own.query_pre_attn_scalar ** -0.5,
      scoreCap: own.attn_logit_softcapping === undefined ? 50 : own.attn_logit_softcapping,
      logitCap: own.final_logit_softcapping === undefined ? 30 : own.final_logit_softcapping,
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: false },
      tiedHead: raw.tie_word_embeddings ?? true,
      gguf: { architecture: 'gemma2', pairsRotatedRows: false, refused: 'not checked yet', contextLimit: null },
      genaiType: 'gemma2',
    };
  },
};
