import type { DecoderConfig, WeightDtype } from '../families/decoder-config.ts';

/**
 * `config.json` as an export carries it: what was read, in both spellings. transformers 5 keeps `rope_parameters` and
 * `dtype`, older versions `rope_theta`, `rope_scaling` and `torch_dtype`; each ignores the other's without a word and
 * computes with its defaults. A head that is not tied is said so, and the weights have their usual name. `dtype` is
 * what
 * the weights are written in, where that is another than config.json states.
 */
export function exportedConfig(
  raw: { readonly [field: string]: unknown },
  config: DecoderConfig,
  dtype: WeightDtype | null = null,
): { readonly [field: string]: unknown } {
  const { transformers_weights: _named, _name_or_path: _where, ...kept } = raw;
  const scaling = config.ropeScaling === null ? null : statedScaling(raw);
  const stated = dtype ?? ('dtype' in raw || 'torch_dtype' in raw ? config.torchDtype : null);
  const ropeType = config.ropeScaling === null ? 'default' : config.ropeScaling.kind;
  return {
    ...kept,
    rope_theta: config.ropeTheta,
    rope_scaling: scaling,
    rope_parameters: { ...scaling, rope_theta: config.ropeTheta, rope_type: ropeType },
    ...(stated === null ? {} : { dtype: stated, torch_dtype: stated }),
    tie_word_embeddings: config.tiedHead,
  };
}

/** The numbers of a stretched rotation under their own names, whichever spelling has them. */
function statedScaling(raw: { readonly [field: string]: unknown }): object {
  const { rope_scaling: older, rope_parameters: newer } = raw;
  const stated = typeof newer === 'object' && newer !== null ? newer : older;
  const { rope_theta: _theta, type, ...rest } = Object.fromEntries(Object.entries(Object(stated)));
  return { ...rest, rope_type: rest['rope_type'] ?? type };
}
