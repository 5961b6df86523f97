import { failed } from '../failure.ts';
import type { RotarySettings } from '../layers/rope.ts';
import type { DecoderConfig, LayerPlan } from './decoder-config.ts';

type Layers = Pick<DecoderConfig, 'layers'>;

/** Something for each layer, by its number from 0. */
export type ByLayer<Item> = (layer: number) => Item;

/**
 * Makes something for each layer, first to last, but once for all layers whose plans agree in `part`; `index` counts
 * what was made.
 */
export function forLayers<Part extends keyof LayerPlan, Item>(
  { layers }: Layers,
  part: Part,
  make: (value: LayerPlan[Part], index: number) => Item,
): ByLayer<Item> {
  const made = new Map<string, Item>();
  const items = layers.map(({ [part]: value }) => {
    const key = JSON.stringify(value);
    const item = made.get(key) ?? make(value, made.size);
    made.set(key, item);
    return item;
  });
  return (layer) => {
    const item = items[layer];
    if (item === undefined) throw failed('decoder-layer', `There is no layer ${layer} of ${items.length}.`, { layer });
    return item;
  };
}

/** {@link forLayers} for rotations: `null` for layers that do not rotate, which `index` does not count. */
export function forRotations<Item>(
  config: Layers,
  make: (rotary: RotarySettings, index: number) => Item,
): ByLayer<Item | null> {
  let made = 0;
  return forLayers(config, 'rotary', (rotary) => (rotary === null ? null : make(rotary, made++)));
}

/** The rotary settings that the layers have between them, in the order of `forRotations`. */
export function rotarySettings(config: Layers): readonly RotarySettings[] {
  const settings: RotarySettings[] = [];
  forRotations(config, (rotary) => settings.push(rotary));
  return settings;
}

/** The rotary settings of all layers that rotate; `null` where they differ or no layer does. */
export function sharedRotary(config: Layers): RotarySettings | null {
  const [first, ...others] = rotarySettings(config);
  return first === undefined || others.length > 0 ? null : first;
}
