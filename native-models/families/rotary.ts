import { z } from 'zod';
import { badInput } from '../failure.ts';
import { parseFields } from '../files/json-file.ts';
import type { RotarySettings } from '../layers/rope.ts';
import { parseScaling, scalingFields } from './rope-scaling.ts';

const positive = z.number('expected a number').positive('expected a number above 0').max(1e12, 'expected at most 1e12');

/** `rope_parameters` is where transformers 5 keeps `rope_theta`, `rope_scaling` and `partial_rotary_factor`. */
const schema = z.looseObject({
  rope_theta: positive.nullish(),
  partial_rotary_factor: positive.max(1, 'expected at most 1').nullish(),
  original_max_position_embeddings: positive.nullish(),
  max_position_embeddings: positive,
  rope_scaling: scalingFields.nullish(),
  rope_parameters: scalingFields.nullish(),
});

/** What a family takes for what its config.json leaves out. */
export interface RotaryDefaults {
  /** 10,000 where it is left out. */
  readonly theta?: number;
  /** Types of scaling that the family calls by another name. */
  readonly typeNames?: { readonly [stated: string]: string };
  /**
   * The family rotates a part of each head where `partial_rotary_factor` says so; this part where it does not.
   */
  readonly partial?: number;
  /** Positions before stretching; `max_position_embeddings` where it is left out. */
  readonly originalMaxPositions?: number;
  /** The type of layers whose settings are asked for, where `rope_parameters` holds them by type. */
  readonly layerType?: string;
}

/**
 * The rotary settings of a parsed `config.json`, in the old layout or the new one. Throws `rope-not-supported`,
 * `config-numbers-impossible` or `config-field-invalid`.
 */
export function parseRotary(
  json: unknown,
  headDim: number,
  file: string,
  { theta = 10_000, typeNames = {}, partial, originalMaxPositions, layerType }: RotaryDefaults = {},
): RotarySettings {
  const raw = parseFields(schema, json, file, 'config-field-invalid');
  const byType = layerType === undefined ? undefined : raw.rope_parameters?.[layerType];
  const field = raw.rope_parameters ? 'rope_parameters' : 'rope_scaling';
  const fields =
    byType === undefined || byType === null
      ? (raw.rope_parameters ?? raw.rope_scaling ?? {})
      : parseFields(scalingFields, byType, `${file}: ${field}.${layerType}`, 'config-field-invalid');
  const share = fields.partial_rotary_factor ?? raw.partial_rotary_factor ?? partial ?? 1;
  const rotated = Math.trunc(headDim * share);
  if (partial === undefined && share !== 1) throw partialRefused(file, share, 'models of this type rotate whole heads');
  if (rotated === 0 || rotated % 2 !== 0)
    throw partialRefused(file, share, `that is ${rotated} of the ${headDim} numbers of a head, which is not even`);
  return {
    rotatedDims: rotated,
    theta: fields.rope_theta ?? raw.rope_theta ?? theta,
    scaling: parseScaling(fields, `${file}: ${field}`, {
      rotatedDims: rotated,
      maxPositions: raw.max_position_embeddings,
      originalMaxPositions:
        raw.original_max_position_embeddings ??
        originalMaxPositions ??
        fields.original_max_position_embeddings ??
        raw.max_position_embeddings,
      typeNames,
    }),
  };
}

function partialRefused(file: string, share: number, why: string): Error {
  return badInput(
    'rope-not-supported',
    `${file}: partial_rotary_factor is ${share}; ${why}. Correct it, or choose another model.`,
    { file, field: 'partial_rotary_factor', value: share },
  );
}

/**
 * Positions that a model computes alike whatever the length of a text: of LongRoPE those of the original context, since
 * a longer text has other frequencies from its first token on; of the others all.
 */
export function positionsAlike({ scaling }: RotarySettings, maxPositions: number): number {
  return scaling?.kind === 'longrope' ? Math.min(maxPositions, scaling.originalMaxPositions) : maxPositions;
}
