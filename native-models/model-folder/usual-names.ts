import type { TensorEntry } from '../formats/safetensors/header.ts';
import type { Weights } from './shards.ts';

const embedding = 'embed_tokens.weight';
const head = 'lm_head.weight';
/** Where the decoder's tensors lie in a folder of a text model, the second in one saved without its head. */
const textPlaces = ['model.', ''];
/** In a folder of a model that sees more than text: as transformers 5 saves it, as version 4 does. */
const towerPlaces = ['model.language_model.', 'language_model.model.'];

/**
 * The weights under the names that a text model's tensors usually have (`model.embed_tokens.weight`). Of a model that
 * sees more than text the rest is left out.
 */
export function withUsualNames(weights: Weights, isTower: boolean): Weights {
  const places = isTower ? towerPlaces : textPlaces;
  const place = places.find((prefix) => weights.tensors.has(prefix + embedding));
  if (place === undefined || place === 'model.') return weights;
  const usual = (name: string): string | null =>
    name.endsWith(head) ? head : name.startsWith(place) ? `model.${name.slice(place.length)}` : null;
  const renamed = <Item>(items: ReadonlyMap<string, Item>, rename: (item: Item, name: string) => Item) =>
    new Map(
      [...items].flatMap(([name, item]): [string, Item][] => {
        const as = usual(name);
        return as === null ? [] : [[as, rename(item, as)]];
      }),
    );
  return {
    ...weights,
    tensors: renamed<TensorEntry>(weights.tensors, (entry, name) => ({ ...entry, name })),
    layout: { ...weights.layout, fileOf: renamed(weights.layout.fileOf, (file) => file) },
  };
}
