import type { Family } from './family.ts';
import { mistralInGguf } from './mistral.ts';
import { plainDecoder } from './plain-decoder.ts';
import { withWindow } from './windows.ts';

/** A Mistral with a window in the layers that `layer_types` names, in every layer where it is left out. */
export const ministral: Family = {
  name: 'ministral',
  architecture: 'MinistralForCausalLM',
  models: 'Ministral with windows in some layers',
  describe(json, file) {
    const { raw, decoder: plain } = plainDecoder(json, file, { keyValueHeads: 8, headDim: null });
    const decoder = withWindow(plain, raw, 0, file);
    return { ...decoder, family: 'ministral', gguf: mistralInGguf(decoder), genaiType: 'mistral' };
  },
};
