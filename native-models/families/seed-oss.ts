import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';

const schema = z.looseObject({ attention_out_bias: z.boolean('expected true or false').nullish() });

/** A Llama with biases on q, k and v. */
export const seedOss: Family = {
  name: 'seed_oss',
  architecture: 'SeedOssForCausalLM',
  models: 'Seed-OSS',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: 8, headDim: 128 });
    const own = parseFields(schema, json, file, 'config-field-invalid');
    return {
      ...decoder,
      family: 'seed_oss',
      biases: {
        queryKeyValue: raw.attention_bias ?? true,
        attentionOutput: own.attention_out_bias === true,
        feedForward: raw.mlp_bias === true,
      },
      gguf: {
        architecture: 'seed_oss',
        pairsRotatedRows: false,
        fields: [],
        refused: "llama.cpp has another name for the norm before Seed-OSS's feed-forward than is written here",
        contextLimit: null,
      },
      genaiType: 'seed_oss',
    };
  },
};
