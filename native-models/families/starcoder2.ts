import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { layerNorms } from './layer-norms.ts';
import { plainDecoder } from './plain-decoder.ts';

const schema = z.looseObject({ use_bias: z.boolean('expected true or false').nullish() });

/** LayerNorm, biases everywhere, and a feed-forward without a gate. */
export const starcoder2: Family = {
  name: 'starcoder2',
  architecture: 'Starcoder2ForCausalLM',
  models: 'StarCoder 2',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, {
      keyValueHeads: 2,
      headDim: null,
      activation: { is: 'gelu-tanh', field: 'hidden_act', names: ['gelu_pytorch_tanh', 'gelu_new'] },
    });
    const biases = parseFields(schema, json, file, 'config-field-invalid').use_bias ?? true;
    const window = raw.sliding_window ?? null;
    return {
      ...decoder,
      family: 'starcoder2',
      layers: decoder.layers.map((layer) => ({ ...layer, window })),
      norms: layerNorms(decoder, json, 'norm_epsilon', file),
      names: { ...decoder.names, gate: null, up: 'mlp.c_fc', down: 'mlp.c_proj' },
      biases: { queryKeyValue: biases, attentionOutput: biases, feedForward: biases },
      tiedHead: raw.tie_word_embeddings ?? true,
      gguf: {
        architecture: 'starcoder2',
        pairsRotatedRows: false,
        fields: [],
        refused: null,
        contextLimit: window,
      },
      genaiType: 'starcoder2',
    };
  },
};
