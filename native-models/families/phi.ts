import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { layerNorms } from './layer-norms.ts';
import { partMissing } from './part-missing.ts';
import { plainDecoder } from './plain-decoder.ts';

const schema = z.looseObject({ qk_layernorm: z.boolean('expected true or false').nullish() });

/** Attention and feed-forward side by side behind one LayerNorm, no gate, biases everywhere and on the head. */
export const phi: Family = {
  name: 'phi',
  architecture: 'PhiForCausalLM',
  models: 'Phi 1, 1.5 and 2',
  describe(json, file) {
    const { decoder } = plainDecoder(json, file, {
      keyValueHeads: null,
      headDim: null,
      activation: { is: 'gelu-tanh', field: 'hidden_act', names: ['gelu_new', 'gelu_pytorch_tanh'] },
      rotary: { partial: 0.5 },
    });
    if (parseFields(schema, json, file, 'config-field-invalid').qk_layernorm === true)
      throw partMissing('LayerNorms over each head of q and k (qk_layernorm)', file);
    return {
      ...decoder,
      family: 'phi',
      norms: { ...layerNorms(decoder, json, 'layer_norm_eps', file), beforeFeedForward: null },
      names: {
        ...decoder.names,
        attentionOutput: 'self_attn.dense',
        gate: null,
        up: 'mlp.fc1',
        down: 'mlp.fc2',
        finalNorm: 'model.final_layernorm',
      },
      parallel: true,
      headBias: true,
      biases: { queryKeyValue: true, attentionOutput: true, feedForward: true },
      gguf: {
        architecture: 'phi2',
        pairsRotatedRows: false,
        fields: [],
        refused: null,
        contextLimit: null,
      },
      genaiType: 'phi',
    };
  },
};
