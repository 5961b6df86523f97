import { z } from 'zod';
import { badInput } from '../failure.ts';
import { parseFields } from '../files/json-file.ts';
import type { RopeScaling, RotarySettings } from '../layers/rope.ts';

const positive = z.number('expected a number').positive('expected a number above 0').max(1e12, 'expected at most 1e12');

const ropeFields = z.looseObject({
  rope_theta: positive.nullish(),
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  partial_rotary_factor: positive.nullish(),
});

/** `rope_parameters` is where transformers 5 keeps what was `rope_theta` and `rope_scaling`. */
const schema = z.looseObject({
  rope_theta: positive.nullish(),
  partial_rotary_factor: positive.nullish(),
  rope_scaling: ropeFields.nullish(),
  rope_parameters: ropeFields.nullish(),
});

const linear = z.looseObject({ factor: positive });
const llama3 = z.looseObject({
  factor: positive,
  low_freq_factor: positive,
  high_freq_factor: positive,
  original_max_position_embeddings: positive,
});

/**
 * The rotary settings of a parsed `config.json`, in the old layout or the new one. Throws `rope-not-supported` or
 * `config-field-invalid`.
 */
export function parseRotary(json: unknown, headDim: number, file: string): RotarySettings {
  const raw = parseFields(schema, json, file, 'config-field-invalid');
  const field = raw.rope_parameters ? 'rope_parameters' : 'rope_scaling';
  const fields = raw.rope_parameters ?? raw.rope_scaling ?? {};
  const partial = raw.partial_rotary_factor ?? fields.partial_rotary_factor ?? 1;
  if (partial !== 1) {
    throw badInput(
      'rope-not-supported',
      `${file}: partial_rotary_factor is ${partial}; only whole heads are rotated here. Choose another model.`,
      { file, field: 'partial_rotary_factor', value: partial },
    );
  }
  return {
    headDim,
    theta: fields.rope_theta ?? raw.rope_theta ?? 10_000,
    scaling: parseScaling(fields, field, file),
  };
}

function parseScaling(fields: z.infer<typeof ropeFields>, field: string, file: string): RopeScaling | null {
  const kind = fields.rope_type ?? fields.type ?? 'default';
  const where = `${file}: ${field}`;
  if (kind === 'default') return null;
  if (kind === 'linear') return { kind, factor: parseFields(linear, fields, where, 'config-field-invalid').factor };
  if (kind === 'llama3') {
    const raw = parseFields(llama3, fields, where, 'config-field-invalid');
    if (raw.high_freq_factor <= raw.low_freq_factor) {
      throw badInput(
        'config-numbers-impossible',
        `${where}: high_freq_factor ${raw.high_freq_factor} is not above low_freq_factor ` +
          `${raw.low_freq_factor}. Correct it, or get the file again from where the model came from.`,
        { file, field },
      );
    }
    return {
      kind,
      factor: raw.factor,
      lowFrequencyFactor: raw.low_freq_factor,
      highFrequencyFactor: raw.high_freq_factor,
      originalMaxPositions: raw.original_max_position_embeddings,
    };
  }
  throw badInput(
    'rope-not-supported',
    `${where}.rope_type is "${kind}"; "default", "linear" and "llama3" are supported. Choose another model, ` +
      'or its release without that long-context setting.',
    { file, field, value: kind },
  );
}
