import type { KeptLayers } from '../vocabulary/setting-row.ts';

/** The number of layers that keep their inner values, and of those that are computed again. */
export function layerCounts(
  layers: number,
  keptLayers: KeptLayers,
): { readonly kept: number; readonly recomputed: number } {
  const kept = keptLayers === 'all' ? layers : Math.min(keptLayers, layers);
  return { kept, recomputed: layers - kept };
}

/**
 * Bytes of activations that live from the forward to the backward pass, of layers that each keep `layerBytes`, or
 * `inputBytes` where they are computed again.
 */
export function activationBytes(
  layers: number,
  keptLayers: KeptLayers,
  { layerBytes, inputBytes }: { readonly layerBytes: number; readonly inputBytes: number },
): number {
  const { kept, recomputed } = layerCounts(layers, keptLayers);
  return kept * layerBytes + recomputed * inputBytes;
}
