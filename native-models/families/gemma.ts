import { attentionBiasInGguf } from './attention-bias-in-gguf.ts';
import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';

/** The first releases say "gelu" and mean its tanh approximation. */
const activation = { is: 'gelu-tanh', field: 'hidden_act', names: ['gelu_pytorch_tanh', 'gelu'] } as const;

/** A Llama's block with tanh GELU, scaled embeddings, and norms stored as their distance from one. */
export const gemma: Family = {
  name: 'gemma',
  architecture: 'GemmaForCausalLM',
  models: 'Gemma 1',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: 16, headDim: 256, activation });
    const attention = raw.attention_bias === true;
    return {
      ...decoder,
      family: 'gemma',
      norms: { ...decoder.norms, offset: 1 },
      embeddingScale: Math.fround(raw.hidden_size ** 0.5),
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: false },
      tiedHead: raw.tie_word_embeddings ?? true,
      gguf: {
        architecture: 'gemma',
        pairsRotatedRows: false,
        fields: [],
        headIsEmbedding: true,
        refused: attention ? attentionBiasInGguf('Gemma') : null,
        contextLimit: null,
      },
      genaiType: 'gemma',
    };
  },
};
