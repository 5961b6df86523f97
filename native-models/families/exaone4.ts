import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { DecoderConfig, LayerPlan } from './decoder-config.ts';
import type { Family } from './family.ts';
import { olmoNorms } from './olmo2.ts';
import { plainDecoder } from './plain-decoder.ts';
import { layerWindows, statedWindow } from './windows.ts';

const schema = z.looseObject({
  sliding_window_pattern: z.union([z.int().min(0), z.string()], 'expected a whole number or a pattern').nullish(),
});

/** OLMo 2's norms but q and k normed by head; in models with windows, layers without one do not rotate. */
export const exaone4: Family = {
  name: 'exaone4',
  architecture: 'Exaone4ForCausalLM',
  models: 'EXAONE 4',
  describe(json, file): DecoderConfig {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: 32, headDim: null, epsilon: 1e-5 });
    const { sliding_window_pattern: stated } = parseFields(schema, json, file, 'config-field-invalid');
    const window = statedWindow(raw);
    const every = typeof stated === 'number' ? stated : 4;
    const windows = layerWindows(decoder, raw, window, (layer) => (layer + 1) % every !== 0, file);
    const layers = windows.map((layer): LayerPlan =>
      window === null || layer.window !== null ? layer : { ...layer, rotary: null },
    );
    return {
      ...decoder,
      family: 'exaone4',
      layers,
      norms: { ...decoder.norms, ...olmoNorms, queryKey: 'each head' },
      gguf: {
        architecture: 'exaone4',
        pairsRotatedRows: false,
        fields: [],
        refused: window === null ? null : 'llama.cpp knows the windows of EXAONE 4 in its model of 32B only',
        contextLimit: null,
      },
      genaiType: 'exaone4',
    };
  },
};
