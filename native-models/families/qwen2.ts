import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';
import { qwenWindowInGguf, withQwenWindow } from './windows.ts';

export const qwen2: Family = {
  name: 'qwen2',
  architecture: 'Qwen2ForCausalLM',
  models: 'Qwen 1.5 to 2.5 and the Qwen distills of DeepSeek-R1',
  describe(json, file) {
    const { raw, decoder: plain } = plainDecoder(json, file, { keyValueHeads: 32, headDim: null });
    const decoder = withQwenWindow(plain, raw, file);
    return {
      ...decoder,
      family: 'qwen2',
      biases: { queryKeyValue: true, attentionOutput: false, feedForward: false },
      gguf: {
        architecture: 'qwen2',
        pairsRotatedRows: false,
        fields: [],
        refused: qwenWindowInGguf(decoder),
        contextLimit: null,
      },
      genaiType: 'qwen2',
    };
  },
};
