import { requireEntryPerLayer } from './numbers-impossible.ts';
import { partMissing } from './part-missing.ts';
import type { LayerPlan } from './decoder-config.ts';
import type { PlainDecoder, RawConfig } from './plain-decoder.ts';

const kinds: ReadonlySet<string> = new Set(['full_attention', 'sliding_attention']);

/**
 * The layers with `window` where `layer_types` says "sliding_attention", or where `slidesByDefault` says so when
 * config.json has no `layer_types`. Throws `config-numbers-impossible`, and `decoder-part-not-supported` for another
 * kind of attention.
 */
export function layerWindows(
  { layers }: Pick<PlainDecoder, 'layers'>,
  { layer_types: types }: RawConfig,
  window: number | null,
  slidesByDefault: (layer: number) => boolean,
  file: string,
): readonly LayerPlan[] {
  const other = types?.find((type) => !kinds.has(type));
  if (other !== undefined) throw partMissing(`layers of the kind "${other}" (layer_types)`, file);
  if (types) requireEntryPerLayer('layer_types', types, layers.length, file);
  const slides = (layer: number): boolean => (types ? types[layer] === 'sliding_attention' : slidesByDefault(layer));
  return layers.map((plan, layer) => ({ ...plan, window: slides(layer) ? window : null }));
}

/** `sliding_window`; 4096 where it is left out, as most families have it, and `null` where it is switched off. */
export function statedWindow({ sliding_window: window }: RawConfig): number | null {
  return window === undefined ? 4096 : window;
}

/** The decoder with the window of `sliding_window` where `layer_types` says so, or from layer `firstSliding` on. */
export function withWindow(decoder: PlainDecoder, raw: RawConfig, firstSliding: number, file: string): PlainDecoder {
  return { ...decoder, layers: layerWindows(decoder, raw, statedWindow(raw), (layer) => layer >= firstSliding, file) };
}

/** The same where `use_sliding_window` turns it on, from layer `max_window_layers` on: Qwen's rule. */
export function withQwenWindow(decoder: PlainDecoder, raw: RawConfig, file: string): PlainDecoder {
  if (raw.use_sliding_window !== true) return decoder;
  return withWindow(decoder, raw, raw.max_window_layers ?? 28, file);
}

/** Why a GGUF file of a Qwen with a window would compute otherwise; `null` without one. */
export function qwenWindowInGguf({ layers }: Pick<PlainDecoder, 'layers'>): string | null {
  const window = layers.find((layer) => layer.window !== null)?.window ?? null;
  return window === null
    ? null
    : `llama.cpp's Qwen looks at the whole text, where this model looks at a window of ${window} ` +
        'tokens (use_sliding_window in config.json)';
}
