/** Parts of a model that nodes are named after; layers beside them have numbers. */
export const partNames = [
  'adapter',
  'attention',
  'attention bias',
  'backward',
  'embedding',
  'feed forward',
  'final norm',
  'gradient',
  'head',
  'loss',
  'optimizer',
  'parameters',
] as const;
export type PartName = (typeof partNames)[number];
export type LayerName = `layer ${number}`;

/** Which part of a model a node belongs to, outermost first: `['backward', 'layer 3', 'attention']`. */
export type Scope = readonly (PartName | LayerName)[];

const parts: ReadonlySet<string> = new Set(partNames);

function isPart(piece: string): piece is PartName {
  return parts.has(piece);
}

export function isLayer(piece: string): piece is LayerName {
  return /^layer \d+$/u.test(piece);
}

/** The name of a node in an emitted graph: {@link scopeOfName} reads the scope back. */
export function scopedName(scope: Scope, name: string): string {
  return [...scope, name].join('/');
}

/** The scope in the name of a node of an emitted graph; pieces that others put there are left out. */
export function scopeOfName(name: string): Scope {
  return name
    .split('/')
    .slice(0, -1)
    .filter((piece) => isPart(piece) || isLayer(piece));
}
