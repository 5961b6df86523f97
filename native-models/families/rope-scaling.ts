import { z } from 'zod';
import { badInput } from '../failure.ts';
import { parseFields } from '../files/json-file.ts';
import { numbersImpossible } from './numbers-impossible.ts';
import type { RopeScaling } from '../layers/rope-scaling.ts';

const positive = z.number('expected a number').positive('expected a number above 0').max(1e12, 'expected at most 1e12');
const factors = z.array(positive, 'expected a list of numbers');

/** What `rope_scaling` and `rope_parameters` may hold, whatever the type. */
export const scalingFields = z.looseObject({
  rope_theta: positive.nullish(),
  rope_type: z.string().nullish(),
  type: z.string().nullish(),
  partial_rotary_factor: positive.max(1, 'expected at most 1').nullish(),
  original_max_position_embeddings: positive.nullish(),
});
type ScalingFields = z.infer<typeof scalingFields>;

const linear = z.looseObject({ factor: positive });
const llama3 = z.looseObject({
  factor: positive,
  low_freq_factor: positive,
  high_freq_factor: positive,
  original_max_position_embeddings: positive,
});
const yarn = z.looseObject({
  factor: positive.nullish(),
  attention_factor: positive.nullish(),
  mscale: z.number('expected a number').nullish(),
  mscale_all_dim: z.number('expected a number').nullish(),
  beta_fast: z.number('expected a number').nullish(),
  beta_slow: z.number('expected a number').nullish(),
  truncate: z.boolean('expected true or false').nullish(),
});
const longrope = z.looseObject({
  factor: positive.nullish(),
  attention_factor: positive.nullish(),
  short_factor: factors,
  long_factor: factors,
});

/** What the rest of config.json says that scaling depends on. */
export interface ScalingContext {
  readonly rotatedDims: number;
  readonly maxPositions: number;
  readonly originalMaxPositions: number;
  readonly typeNames: { readonly [stated: string]: string };
}

type Parse = (fields: ScalingFields, where: string, context: ScalingContext) => RopeScaling | null;

const parsers: { readonly [type: string]: Parse } = {
  default: () => null,
  linear: (fields, where) => ({
    kind: 'linear',
    factor: parseFields(linear, fields, where, 'config-field-invalid').factor,
  }),
  dynamic: (fields, where) => ({
    kind: 'dynamic',
    factor: parseFields(linear, fields, where, 'config-field-invalid').factor,
  }),
  llama3: parseLlama3,
  yarn: parseYarn,
  longrope: parseLongRope,
};

/**
 * How frequencies are stretched; `where` names the object in messages. Throws `rope-not-supported`,
 * `config-numbers-impossible` or `config-field-invalid`.
 */
export function parseScaling(fields: ScalingFields, where: string, context: ScalingContext): RopeScaling | null {
  const stated = fields.rope_type ?? fields.type ?? 'default';
  const kind = context.typeNames[stated] ?? stated;
  const parse = Object.hasOwn(parsers, kind) ? parsers[kind] : undefined;
  if (parse !== undefined) return parse(fields, where, context);
  const supported = Object.keys(parsers).join(', ');
  throw badInput(
    'rope-not-supported',
    `${where}.rope_type is "${kind}"; supported are ${supported}. Choose another model, or its release without that ` +
      'long-context setting.',
    { file: where, value: kind },
  );
}

function parseLlama3(fields: ScalingFields, where: string): RopeScaling {
  const raw = parseFields(llama3, fields, where, 'config-field-invalid');
  if (raw.high_freq_factor <= raw.low_freq_factor)
    throw numbersImpossible(
      where,
      `high_freq_factor ${raw.high_freq_factor} is not above low_freq_factor ${raw.low_freq_factor}`,
    );
  return {
    kind: 'llama3',
    factor: raw.factor,
    lowFrequencyFactor: raw.low_freq_factor,
    highFrequencyFactor: raw.high_freq_factor,
    originalMaxPositions: raw.original_max_position_embeddings,
  };
}

function parseYarn(fields: ScalingFields, where: string, context: ScalingContext): RopeScaling {
  const raw = parseFields(yarn, fields, where, 'config-field-invalid');
  const factor = raw.factor ?? context.maxPositions / context.originalMaxPositions;
  const scale = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return {
    kind: 'yarn',
    factor,
    attentionFactor:
      raw.attention_factor ??
      (raw.mscale && raw.mscale_all_dim ? scale(raw.mscale) / scale(raw.mscale_all_dim) : scale(1)),
    // As in transformers, 0 is left out too.
    keptTurns: raw.beta_fast || 32,
    dividedTurns: raw.beta_slow || 1,
    originalMaxPositions: context.originalMaxPositions,
    wholeEnds: raw.truncate ?? true,
  };
}

function parseLongRope(fields: ScalingFields, where: string, context: ScalingContext): RopeScaling {
  const raw = parseFields(longrope, fields, where, 'config-field-invalid');
  const { maxPositions, originalMaxPositions, rotatedDims } = context;
  for (const list of ['short_factor', 'long_factor'] as const)
    if (raw[list].length !== rotatedDims / 2)
      throw numbersImpossible(where, `${list} has ${raw[list].length} numbers, expected ${rotatedDims / 2}`);
  const factor = raw.factor ?? maxPositions / originalMaxPositions;
  return {
    kind: 'longrope',
    shortFactors: raw.short_factor,
    longFactors: raw.long_factor,
    attentionFactor:
      raw.attention_factor ?? (factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions))),
    originalMaxPositions,
  };
}
