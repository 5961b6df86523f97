import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { granite } from './granite.ts';
import { partMissing } from './part-missing.ts';

const count = z.int('expected a whole number').min(0, 'expected 0 or more');
const schema = z.looseObject({
  num_local_experts: count.default(8),
  shared_intermediate_size: count.default(1024),
  num_hidden_layers: count,
  layer_types: z.array(z.string()).nullish(),
  position_embedding_type: z.string().nullish(),
});

/** Both spellings of layers that transformers 4 and 5 have for the same. */
const attends: ReadonlySet<string> = new Set(['attention', 'full_attention']);

/** A Granite whose class has room for experts and Mamba layers, without either: gate and up are one matrix. */
export const graniteHybrid: Family = {
  name: 'granitemoehybrid',
  architecture: 'GraniteMoeHybridForCausalLM',
  models: 'Granite 4 micro, 1B and 350M (without h in their names)',
  describe(json, file) {
    const own = parseFields(schema, json, file, 'config-field-invalid');
    const types = own.layer_types ?? [];
    const parts = [
      own.num_local_experts > 0 ? 'a mixture of experts' : [],
      types.length < own.num_hidden_layers || types.some((type) => !attends.has(type)) ? 'Mamba layers' : [],
    ].flat();
    if (parts.length > 0) throw partMissing(parts.join(' and '), file);
    const dense = { ...Object(json), intermediate_size: own.shared_intermediate_size, mlp_bias: false };
    const described = granite.describe(dense, file);
    const rotates = own.position_embedding_type === 'rope';
    return {
      ...described,
      family: 'granitemoehybrid',
      layers: rotates ? described.layers : described.layers.map((layer) => ({ ...layer, rotary: null })),
      names: { ...described.names, gateUp: 'shared_mlp.input_linear', down: 'shared_mlp.output_linear' },
      projections: { ...described.projections, gateUp: 'fused' },
      gguf: {
        ...described.gguf,
        refused: "llama.cpp's Granite has gate and up in two matrices, and this model in one (shared_mlp.input_linear)",
      },
    };
  },
};
