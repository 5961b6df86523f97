import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { requireEntryPerLayer } from './numbers-impossible.ts';
import { plainDecoder } from './plain-decoder.ts';
import { layerWindows } from './windows.ts';

const rotates = z.union([z.literal(0), z.literal(1)], 'expected 0 or 1');
const schema = z.looseObject({
  no_rope_layers: z.array(rotates, 'expected a list of 0 and 1').nullish(),
  no_rope_layer_interval: z.int('expected a whole number').min(1, 'expected 1 or more').default(4),
});

/** A Llama that does not rotate positions in every fourth layer. */
export const smollm3: Family = {
  name: 'smollm3',
  architecture: 'SmolLM3ForCausalLM',
  models: 'SmolLM3',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, {
      keyValueHeads: 4,
      headDim: null,
      rotary: { theta: 2_000_000 },
    });
    const own = parseFields(schema, json, file, 'config-field-invalid');
    const every = own.no_rope_layer_interval;
    const stated = own.no_rope_layers;
    if (stated) requireEntryPerLayer('no_rope_layers', stated, raw.num_hidden_layers, file);
    const rotatesIn = (layer: number): boolean => (stated ? stated[layer] === 1 : (layer + 1) % every !== 0);
    const window = raw.use_sliding_window === true ? (raw.sliding_window ?? null) : null;
    const layers = layerWindows(decoder, raw, window, (layer) => !rotatesIn(layer), file).map((layer, index) => ({
      ...layer,
      rotary: rotatesIn(index) ? layer.rotary : null,
    }));
    const attention = raw.attention_bias === true;
    const everyFourth = layers.every(({ rotary }, layer) => (rotary === null) === ((layer + 1) % 4 === 0));
    return {
      ...decoder,
      family: 'smollm3',
      layers,
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: raw.mlp_bias === true },
      tiedHead: raw.tie_word_embeddings ?? true,
      gguf: {
        architecture: 'smollm3',
        pairsRotatedRows: true,
        fields: [],
        refused: !everyFourth
          ? 'llama.cpp leaves the rotation out in every fourth layer of SmolLM3, and this model in others'
          : layers.some((layer) => layer.window !== null)
            ? "llama.cpp's SmolLM3 has no sliding window (use_sliding_window in config.json)"
            : null,
        contextLimit: null,
      },
      genaiType: 'smollm3',
    };
  },
};
