import type { GgufPlan } from './decoder-config.ts';
import type { Family } from './family.ts';
import { type PlainDecoder, plainDecoder } from './plain-decoder.ts';
import { withWindow } from './windows.ts';

/** llama.cpp has Mistrals as Llamas, and Llamas have no window there. */
export function mistralInGguf({ layers }: Pick<PlainDecoder, 'layers'>): GgufPlan {
  return {
    architecture: 'llama',
    pairsRotatedRows: true,
    fields: [],
    refused: null,
    contextLimit: layers.find(({ window }) => window !== null)?.window ?? null,
  };
}

/** A Llama with a window in every layer; transformers passes over `layer_types` here. */
export const mistral: Family = {
  name: 'mistral',
  architecture: 'MistralForCausalLM',
  models: 'Mistral 7B, Nemo and Ministral 8B of 2024',
  describe(json, file) {
    const { raw, decoder: plain } = plainDecoder(json, file, { keyValueHeads: 8, headDim: null });
    const decoder = withWindow(plain, { ...raw, layer_types: null }, 0, file);
    return { ...decoder, family: 'mistral', gguf: mistralInGguf(decoder), genaiType: 'mistral' };
  },
};
