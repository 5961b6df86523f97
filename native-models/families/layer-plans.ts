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

/** The rotary settings that the layers have between them, in the order of `forLayers`. */
export function rotarySettings(config: Layers): readonly RotarySettings[] {
  const settings: RotarySettings[] = [];
  forLayers(config, 'rotary', (rotary) => settings.push(rotary));
  return settings;
}

/** The rotary settings that all layers share; `null` where they differ. */
export function sharedRotary(config: Layers): RotarySettings | null {
  const [first, ...others] = rotarySettings(config);
  return first === undefined || others.length > 0 ? null : first;
}
