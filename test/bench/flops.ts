import { reach } from '../../native-models/graph/walk.ts';
import { shapeText } from '../../native-models/graph/shape.ts';
import type { Dim, Shape, Value } from '../../native-models/graph/value.ts';

/** Known sizes by name; `3·seq` is three times `seq`, `batch×seq` their product. */
export type Sizes = { readonly [name: string]: number };

function size(dim: Dim, sizes: Sizes): number {
  if (typeof dim === 'number') return dim;
  if (dim.includes('×')) return dim.split('×').reduce((product, part) => product * size(part, sizes), 1);
  const [factor, name] = dim.includes('·') ? dim.split('·') : ['1', dim];
  const known = sizes[name ?? dim];
  if (known === undefined) throw new Error(`size ${dim} is not given`);
  return Number(factor) * known;
}

function elements(shape: Shape, sizes: Sizes): number {
  return shape.reduce<number>((product, dim) => product * size(dim, sizes), 1);
}

/** Floating-point operations of every matrix product a graph runs, recomputation included: 2 · m · n · k each. */
export function matmulFlops(outputs: { readonly [name: string]: Value }, sizes: Sizes): number {
  return reach(Object.values(outputs)).nodes.reduce((sum, node) => {
    if (node.op !== 'MatMul') return sum;
    const [a] = node.inputs;
    const [y] = node.outputs;
    if (a === undefined || y === undefined)
      throw new Error(`MatMul without operands: ${node.inputs.map(({ shape }) => shapeText(shape)).join(' ')}`);
    const inner = a.shape.at(node.attributes['transA'] === 1 ? -2 : -1) ?? 1;
    return sum + 2 * elements(y.shape, sizes) * size(inner, sizes);
  }, 0);
}
