import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { layerNorms } from './layer-norms.ts';
import { partMissing } from './part-missing.ts';
import { plainDecoder } from './plain-decoder.ts';

const flag = z.boolean('expected true or false').nullish();
const schema = z.looseObject({ use_qkv_bias: flag, qk_layernorm: flag, use_parallel_residual: flag });

/** A Llama with LayerNorm and a quarter of each head rotated. */
export const stablelm: Family = {
  name: 'stablelm',
  architecture: 'StableLmForCausalLM',
  models: 'StableLM 3B and StableLM 2 1.6B',
  describe(json, file) {
    const { decoder } = plainDecoder(json, file, {
      keyValueHeads: 32,
      headDim: null,
      rotary: { partial: 0.25 },
    });
    const own = parseFields(schema, json, file, 'config-field-invalid');
    if (own.qk_layernorm === true) throw partMissing('a norm of its own for each head (qk_layernorm)', file);
    const parallel = own.use_parallel_residual === true;
    const norms = layerNorms(decoder, json, 'layer_norm_eps', file);
    return {
      ...decoder,
      family: 'stablelm',
      norms: { ...norms, beforeFeedForward: parallel ? null : norms.beforeFeedForward },
      parallel,
      biases: { queryKeyValue: own.use_qkv_bias === true, attentionOutput: false, feedForward: false },
      gguf: {
        architecture: 'stablelm',
        pairsRotatedRows: false,
        fields: [],
        refused: null,
        contextLimit: null,
      },
      genaiType: 'stablelm',
    };
  },
};
