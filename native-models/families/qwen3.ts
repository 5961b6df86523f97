import { attentionBiasInGguf } from './attention-bias-in-gguf.ts';
import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';
import { qwenWindowInGguf, withQwenWindow } from './windows.ts';

/** Norms over each head of q and k; biases only where config.json asks for them. */
export const qwen3: Family = {
  name: 'qwen3',
  architecture: 'Qwen3ForCausalLM',
  models: 'Qwen 3 without experts',
  describe(json, file) {
    const { raw, decoder: plain } = plainDecoder(json, file, { keyValueHeads: 32, headDim: 128 });
    const decoder = withQwenWindow(plain, raw, file);
    const attention = raw.attention_bias === true;
    return {
      ...decoder,
      family: 'qwen3',
      norms: { ...decoder.norms, queryKey: 'each head' },
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: false },
      gguf: {
        architecture: 'qwen3',
        pairsRotatedRows: false,
        fields: [],
        refused: attention ? attentionBiasInGguf('Qwen 3') : qwenWindowInGguf(decoder),
        contextLimit: null,
      },
      genaiType: 'qwen3',
    };
  },
};
