import type { DecoderConfig, WeightDtype } from '../../families/decoder-config.ts';
import { sharedRotary } from '../../families/layer-plans.ts';
import type { RopeScaling } from '../../layers/rope-scaling.ts';

/**
 * `config.json` as an export carries it: what was read, in both spellings. transformers 5 keeps `rope_parameters` and
 * `dtype`, older versions `rope_theta`, `rope_scaling` and `torch_dtype`; each ignores the other's without a word and
 * computes with its defaults. A head that is not tied is said so, and the weights have their usual name. `dtype` is
 * what the weights are written in, where that is another than config.json states.
 */
export function exportedConfig(
  raw: { readonly [field: string]: unknown },
  config: DecoderConfig,
  dtype: WeightDtype | null = null,
): { readonly [field: string]: unknown } {
  const { transformers_weights: _named, _name_or_path: _where, ...kept } = raw;
  const stated = dtype ?? ('dtype' in raw || 'torch_dtype' in raw ? config.torchDtype : null);
  return {
    ...kept,
    ...rotaryFields(raw, config),
    ...(stated === null ? {} : { dtype: stated, torch_dtype: stated }),
    tie_word_embeddings: config.tiedHead,
  };
}

/** The rotation in both spellings; what config.json says stays as it is where layers differ. */
function rotaryFields(
  raw: { readonly [field: string]: unknown },
  { headDim, ...config }: DecoderConfig,
): { readonly [field: string]: unknown } {
  const rotary = sharedRotary(config);
  if (rotary === null) return {};
  const { theta, scaling, rotatedDims } = rotary;
  const stated = scaling === null ? null : statedScaling(raw);
  const partial = rotatedDims === headDim ? {} : { partial_rotary_factor: rotatedDims / headDim };
  return {
    rope_theta: theta,
    ...partial,
    rope_scaling: scaling?.kind === 'longrope' ? olderLongRope(scaling) : stated,
    rope_parameters: { ...stated, ...partial, rope_theta: theta, rope_type: scaling?.kind ?? 'default' },
    ...(scaling?.kind === 'longrope' ? { original_max_position_embeddings: scaling.originalMaxPositions } : {}),
  };
}

/** transformers 4 takes these three and no others. */
function olderLongRope({ shortFactors, longFactors }: Extract<RopeScaling, { readonly kind: 'longrope' }>): object {
  return { type: 'longrope', short_factor: shortFactors, long_factor: longFactors };
}

/** The numbers of a stretched rotation under their own names, whichever spelling has them. */
function statedScaling(raw: { readonly [field: string]: unknown }): object {
  const { rope_scaling: older, rope_parameters: newer } = raw;
  const stated = typeof newer === 'object' && newer !== null ? newer : older;
  const { rope_theta: _theta, type, ...rest } = Object.fromEntries(Object.entries(Object(stated)));
  return { ...rest, rope_type: rest['rope_type'] ?? type };
}
