import { attentionBiasInGguf } from './attention-bias-in-gguf.ts';
import type { DecoderConfig, LayerPlan } from './decoder-config.ts';
import type { Family } from './family.ts';
import { olmoDefaults, olmoNorms } from './olmo2.ts';
import { plainDecoder } from './plain-decoder.ts';
import { parseRotary } from './rotary.ts';
import { layerWindows, statedWindow } from './windows.ts';

const theta = 500_000;
/** Where `layer_types` does not say which layers attend fully; llama.cpp knows no other order. */
const isFull = (layer: number): boolean => (layer + 1) % 4 === 0;

/** OLMo 2 with a window in most layers, whose rotation is not stretched. */
export const olmo3: Family = {
  name: 'olmo3',
  architecture: 'Olmo3ForCausalLM',
  models: 'OLMo 3',
  describe(json, file): DecoderConfig {
    const { raw, decoder } = plainDecoder(json, file, { ...olmoDefaults, rotary: { theta } });
    const attention = raw.attention_bias === true;
    const window = statedWindow(raw);
    const rotaryOf = (layerType: string) => parseRotary(json, decoder.headDim, file, { theta, layerType });
    const full = rotaryOf('full_attention');
    const sliding = { ...rotaryOf('sliding_attention'), scaling: null };
    const windows = layerWindows(decoder, raw, window, (layer) => !isFull(layer), file);
    const layers = windows.map((layer): LayerPlan => ({ ...layer, rotary: layer.window === null ? full : sliding }));
    const usual = layers.every((layer, index) => (layer.window === null) === isFull(index));
    return {
      ...decoder,
      family: 'olmo3',
      layers,
      norms: { ...decoder.norms, ...olmoNorms },
      biases: { queryKeyValue: attention, attentionOutput: attention, feedForward: false },
      gguf: {
        architecture: 'olmo2',
        pairsRotatedRows: false,
        fields: window === null ? [] : [{ key: 'attention.sliding_window', type: 'uint32', value: window }],
        refused: attention
          ? attentionBiasInGguf('OLMo')
          : usual || window === null
            ? null
            : "llama.cpp's OLMo 3 attends fully in every fourth layer, where this model has another order",
        contextLimit: null,
        windowedRotary: { ...full, scaling: null },
      },
      genaiType: 'olmo3',
    };
  },
};
