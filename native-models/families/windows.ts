import { badInput } from '../failure.ts';
import type { PlainDecoder, RawConfig } from './plain-decoder.ts';

/**
 * The decoder with the window that `sliding_window` states, in every layer or in none; `fullByDefault` layers attend
 * fully where `layer_types` does not say which. Throws `attention-windows-mixed`.
 */
export function withWindow(decoder: PlainDecoder, raw: RawConfig, fullByDefault: number, file: string): PlainDecoder {
  const window = sharedWindow(raw, fullByDefault, file);
  return { ...decoder, layers: decoder.layers.map((layer) => ({ ...layer, window })) };
}

/** The same where `use_sliding_window` turns it on, from layer `max_window_layers` on: Qwen's rule. */
export function withQwenWindow(decoder: PlainDecoder, raw: RawConfig, file: string): PlainDecoder {
  if (raw.use_sliding_window !== true) return decoder;
  return withWindow(decoder, raw, Math.min(raw.max_window_layers ?? 28, raw.num_hidden_layers), file);
}

function sharedWindow(raw: RawConfig, fullByDefault: number, file: string): number | null {
  const window = raw.sliding_window === undefined ? 4096 : raw.sliding_window;
  if (window === null) return null;
  const layers = raw.num_hidden_layers;
  const fullLayers = raw.layer_types
    ? raw.layer_types.filter((type) => type !== 'sliding_attention').length
    : fullByDefault;
  if (fullLayers === 0) return window;
  if (fullLayers >= layers) return null;
  throw badInput(
    'attention-windows-mixed',
    `${file}: ${fullLayers} of ${layers} layers attend fully and the others through a window of ${window} ` +
      'tokens; one rule for all layers is supported. Choose another model.',
    { file, fullLayers, layers, window },
  );
}

/** Why a GGUF file of a Qwen with a window would compute otherwise; `null` without one. */
export function qwenWindowInGguf({ layers }: Pick<PlainDecoder, 'layers'>): string | null {
  const window = layers.find((layer) => layer.window !== null)?.window ?? null;
  return window === null
    ? null
    : `llama.cpp's Qwen looks at the whole text, where this model looks at a window of ${window} ` +
        'tokens (use_sliding_window in config.json)';
}
