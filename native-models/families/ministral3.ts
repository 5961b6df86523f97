import { z } from 'zod';
import { parseFields } from '../files/json-file.ts';
import type { Family } from './family.ts';
import { mistralInGguf } from './mistral.ts';
import { plainDecoder } from './plain-decoder.ts';
import { withWindow } from './windows.ts';

/** What transformers takes where config.json has no `rope_parameters`. */
const rotation = {
  rope_type: 'yarn',
  rope_theta: 1_000_000,
  factor: 16,
  original_max_position_embeddings: 16_384,
  beta_fast: 32,
  beta_slow: 1,
  mscale: 1,
  mscale_all_dim: 1,
  llama_4_scaling_beta: 0.1,
};
const number = z.number('expected a number');
const schema = z.looseObject({
  rope_parameters: z.looseObject({
    llama_4_scaling_beta: number.min(0, 'expected 0 or more').nullish(),
    original_max_position_embeddings: number.min(1, 'expected 1 or more').nullish(),
  }),
});

/**
 * A Mistral with YaRN, whose queries grow with their position beyond the context before stretching. Up to there the
 * factor on queries is 1, so that context is what can be trained.
 */
export const ministral3: Family = {
  name: 'ministral3',
  architecture: 'Ministral3ForCausalLM',
  models: 'Ministral 3',
  describe(stated, file) {
    const json = { ...Object(stated), rope_parameters: Object(stated).rope_parameters ?? rotation };
    const { raw, decoder: plain } = plainDecoder(json, file, { keyValueHeads: 8, headDim: 128, epsilon: 1e-5 });
    const { rope_parameters: own } = parseFields(schema, json, file, 'config-field-invalid');
    const growth = own.llama_4_scaling_beta ?? 0;
    const original = own.original_max_position_embeddings ?? plain.maxPositions;
    const decoder = withWindow(
      plain,
      { ...raw, sliding_window: raw.sliding_window ?? null, layer_types: null },
      0,
      file,
    );
    return {
      ...decoder,
      family: 'ministral3',
      maxPositions: growth === 0 ? decoder.maxPositions : Math.min(decoder.maxPositions, original),
      gguf: {
        ...mistralInGguf(decoder),
        architecture: 'mistral3',
        fields: growth === 0 ? [] : [{ key: 'attention.temperature_scale', type: 'float32', value: growth }],
      },
      genaiType: 'mistral',
    };
  },
};
