import type { DecoderConfig, WeightDtype } from '../../families/decoder-config.ts';
import { sharedRotary } from '../../families/layer-plans.ts';
import type { RotarySettings } from '../../layers/rope.ts';

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
    ...rotaryFields(raw, sharedRotary(config)),
    ...(stated === null ? {} : { dtype: stated, torch_dtype: stated }),
    tie_word_embeddings: config.tiedHead,
  };
}

/** The rotation in both spellings; what config.json says stays as it is where layers differ. */
function rotaryFields(raw: { readonly [field: string]: unknown }, rotary: RotarySettings | null): object {
  if (rotary === null) return {};
  const scaling = rotary.scaling === null ? null : statedScaling(raw);
  return {
    rope_theta: rotary.theta,
    rope_scaling: scaling,
    rope_parameters: { ...scaling, rope_theta: rotary.theta, rope_type: rotary.scaling?.kind ?? 'default' },
  };
}

/** The numbers of a stretched rotation under their own names, whichever spelling has them. */
function statedScaling(raw: { readonly [field: string]: unknown }): object {
  const { rope_scaling: older, rope_parameters: newer } = raw;
  const stated = typeof newer === 'object' && newer !== null ? newer : older;
  const { rope_theta: _theta, type, ...rest } = Object.fromEntries(Object.entries(Object(stated)));
  return { ...rest, rope_type: rest['rope_type'] ?? type };
}
