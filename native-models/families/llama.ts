import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';

export const llama: Family = {
  name: 'llama',
  architecture: 'LlamaForCausalLM',
  models: 'Llama 1 to 3.3, SmolLM2, Yi, Falcon 3, TinyLlama and the Llama distills of DeepSeek-R1',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: null, headDim: null });
    const attention = raw.attention_bias === true;
    return {
      ...decoder,
      family: 'llama',
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: raw.mlp_bias === true },
      // convert_hf_to_gguf.py, `LlamaModel.permute`.
      gguf: {
        architecture: 'llama',
        pairsRotatedRows: true,
        fields: [],
        refused: null,
        contextLimit: null,
      },
      genaiType: 'llama',
    };
  },
};
