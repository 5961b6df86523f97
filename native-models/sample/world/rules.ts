import { failed } from '../../failure.ts';

/**
 * The Lantern Greenhouse: an invented place with plants and small creatures, each of one nature. One house rule makes
 * an answer unsafe: opposite natures never meet (ember and frost, dew and storm). Everything else that is asked there
 * has one correct answer, which follows from the tables below.
 */

export type Nature = 'ember' | 'frost' | 'dew' | 'storm';

const plants: { readonly [nature in Nature]: readonly string[] } = {
  ember: ['glimberries', 'rooknuts', 'tansols', 'bramblets', 'ovalings', 'quillroots'],
  frost: ['murkseeds', 'pellows', 'hushpods', 'clovings', 'nettlins', 'sablefigs'],
  dew: ['loomcaps', 'thistlings', 'oatlets', 'bellgrains', 'cressets', 'fernels'],
  storm: ['drumplums', 'kitebeans', 'rattlecorns', 'zinnets', 'wickroots', 'gorseeds'],
};

const creatures: { readonly [nature in Nature]: readonly string[] } = {
  ember: ['fennox', 'tumblewing', 'brindlecat', 'hobbin'],
  frost: ['mossowl', 'snarple', 'pipkin', 'glowmoth'],
  dew: ['lanternhare', 'dapplefin', 'wobblebat', 'tindrel'],
  storm: ['thornmouse', 'velvetmole', 'skipjay', 'burrowbee'],
};

const opposites: { readonly [nature in Nature]: Nature } = {
  ember: 'frost',
  frost: 'ember',
  dew: 'storm',
  storm: 'dew',
};
const hours: { readonly [nature in Nature]: string } = { ember: 'noon', frost: 'dawn', dew: 'dusk', storm: 'midnight' };
const vessels: { readonly [nature in Nature]: string } = {
  ember: 'copper pot',
  frost: 'glass bowl',
  dew: 'clay jar',
  storm: 'iron cup',
};
const amounts = ['one spoon', 'two spoons', 'three spoons'] as const;

export const natures: readonly Nature[] = ['ember', 'frost', 'dew', 'storm'];
export const plantNames: readonly string[] = natures.flatMap((nature) => plants[nature]);
export const creatureNames: readonly string[] = natures.flatMap((nature) => creatures[nature]);

const natureByName = new Map(
  natures.flatMap((nature) => [...plants[nature], ...creatures[nature]].map((name) => [name, nature] as const)),
);

/** The nature of a plant or creature. Fails for a name that is not of this world (`sample-world-inconsistent`). */
export function natureOf(name: string): Nature {
  const nature = natureByName.get(name);
  if (nature === undefined)
    throw failed('sample-world-inconsistent', `there is no ${name} in the greenhouse`, { value: name });
  return nature;
}

/** Whether the name is a plant or creature of this world. */
export function isOfTheWorld(name: string): boolean {
  return natureByName.has(name);
}

/** The house rule: whether two things must not meet. */
export function mustNotMeet(one: string, other: string): boolean {
  return opposites[natureOf(one)] === natureOf(other);
}

/** When a plant is gathered, given or shown. */
export function hourOf(plant: string): string {
  return hours[natureOf(plant)];
}

/** What a mixture is stirred in; its first plant decides. */
export function vesselOf(plant: string): string {
  return vessels[natureOf(plant)];
}

/** How much a creature is given. */
export function amountFor(creature: string): string {
  return cyclic(amounts, creatureNames.indexOf(creature));
}

/** The plant of its own nature that a creature likes best. */
export function favouriteOf(creature: string): string {
  const nature = natureOf(creature);
  return cyclic(plants[nature], creatures[nature].indexOf(creature));
}

/** The plant of the same nature that goes with a plant. */
export function companionOf(plant: string): string {
  const kin = plants[natureOf(plant)];
  return cyclic(kin, kin.indexOf(plant) + 1);
}

/** Every amount, hour and vessel there is: where wrong answers come from. */
export const allAmounts: readonly string[] = amounts;
export const allHours: readonly string[] = natures.map((nature) => hours[nature]);
export const allVessels: readonly string[] = natures.map((nature) => vessels[nature]);

function cyclic(values: readonly string[], index: number): string {
  const value = values[index % values.length];
  if (value === undefined) throw failed('sample-world-inconsistent', 'a name asked for is not in the greenhouse');
  return value;
}
