import { attentionBiasInGguf } from './attention-bias-in-gguf.ts';
import type { DecoderConfig, NormPlan } from './decoder-config.ts';
import type { Family } from './family.ts';
import { type FieldDefaults, plainDecoder } from './plain-decoder.ts';

/** Norms over what attention and feed-forward add, none before them, and over q and k whole. */
export const olmoNorms: Pick<
  NormPlan,
  'beforeAttention' | 'afterAttention' | 'beforeFeedForward' | 'afterFeedForward' | 'queryKey'
> = {
  beforeAttention: null,
  afterAttention: 'post_attention_layernorm',
  beforeFeedForward: null,
  afterFeedForward: 'post_feedforward_layernorm',
  queryKey: 'full width',
};

export const olmoDefaults: FieldDefaults = { keyValueHeads: null, headDim: null, epsilon: 1e-5 };

export const olmo2: Family = {
  name: 'olmo2',
  architecture: 'Olmo2ForCausalLM',
  models: 'OLMo 2',
  describe(json, file): DecoderConfig {
    const { raw, decoder } = plainDecoder(json, file, olmoDefaults);
    const attention = raw.attention_bias === true;
    return {
      ...decoder,
      family: 'olmo2',
      norms: { ...decoder.norms, ...olmoNorms },
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: false },
      gguf: {
        architecture: 'olmo2',
        pairsRotatedRows: false,
        fields: [],
        refused: attention ? attentionBiasInGguf('OLMo 2') : null,
        contextLimit: null,
      },
      genaiType: 'olmo2',
    };
  },
};
