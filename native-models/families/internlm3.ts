import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { plainDecoder } from './plain-decoder.ts';

const flag = z.boolean('expected true or false').nullish();
const schema = z.looseObject({ qkv_bias: flag, bias: flag });

/** A Llama whose biases have names of their own. */
export const internlm3: Family = {
  name: 'internlm3',
  architecture: 'InternLM3ForCausalLM',
  otherArchitecture: 'LlamaForCausalLM',
  models: 'InternLM 3',
  describe(json, file) {
    const { raw, decoder } = plainDecoder(json, file, { keyValueHeads: 2, headDim: 128, epsilon: 1e-5 });
    const own = parseFields(schema, json, file, 'config-field-invalid');
    const others = (own.bias ?? raw.mlp_bias) === true;
    return {
      ...decoder,
      family: 'internlm3',
      biases: {
        queryKeyValue: (own.qkv_bias ?? raw.attention_bias) === true,
        attentionOutput: others,
        feedForward: others,
      },
      // convert_hf_to_gguf.py has it as a Llama.
      gguf: { architecture: 'llama', pairsRotatedRows: true, fields: [], refused: null, contextLimit: null },
      genaiType: 'llama',
    };
  },
};
