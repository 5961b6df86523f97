import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';
import { withWindow } from './windows.ts';

/** A Llama with a window in every layer. */
export const mistral: Family = {
  name: 'mistral',
  architecture: 'MistralForCausalLM',
  models: 'Mistral 7B, Nemo and Ministral 8B of 2024',
  describe(json, file) {
    const { raw, decoder: plain } = plainDecoder(json, file, { keyValueHeads: 8, headDim: null });
    const decoder = withWindow(plain, raw, 0, file);
    return {
      ...decoder,
      family: 'mistral',
      // llama.cpp has it as a Llama, and Llamas have no window there.
      gguf: {
        architecture: 'llama',
        pairsRotatedRows: true,
        fields: [],
        refused: null,
        contextLimit: decoder.layers.find(({ window }) => window !== null)?.window ?? null,
      },
      genaiType: 'mistral',
    };
  },
};
