import { failed } from '../failure.ts';
import type { Dim, Shape, Value } from './value.ts';

/** A shape as people write it: `[batch, seq, 64]`. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((dim, index) => dim === right[index]);
}

/** The dimension at `axis`, counted from the end when negative. */
export function dimAt(shape: Shape, axis: number): Dim {
  const dim = shape[axis < 0 ? shape.length + axis : axis];
  if (dim === undefined) throw failed('graph-invalid', `Axis ${axis} does not exist in shape ${shapeText(shape)}.`);
  return dim;
}

/** A dimension that must be known when the graph is built. */
export function staticDim(shape: Shape, axis: number): number {
  const dim = dimAt(shape, axis);
  if (typeof dim !== 'number')
    throw failed('graph-invalid', `Axis ${axis} of ${shapeText(shape)} must be known when the graph is built.`);
  return dim;
}

/** `axis` counted from the start. */
export function normalAxis(rank: number, axis: number): number {
  const normal = axis < 0 ? rank + axis : axis;
  if (normal < 0 || normal >= rank)
    throw failed('graph-invalid', `Axis ${axis} does not exist in a tensor of ${rank} dimensions.`);
  return normal;
}

/**
 * Several axes as one: their product, or a name that says what it is the product of (`batch×seq`). Equal names are
 * equal sizes everywhere in a graph, since the runtime trusts that when it reuses buffers.
 */
export function productDim(dims: Shape): Dim {
  return dims.every((dim) => typeof dim === 'number')
    ? dims.reduce<number>((product, dim) => product * Number(dim), 1)
    : dims.join('×');
}

/**
 * What the name of a size ends with that is not told to the runtime: `seq block?` is as long as `seq block`. Of shapes
 * it knows, ONNX Runtime's planner gives a value the buffer of an earlier one of the same size and keeps it from the
 * one to the other, and where none fits it has looked through all that were freed: with thousands of small values that
 * takes more memory, and minutes.
 */
export const untold = '?';

/** Whether the runtime is not told this shape. */
export function isUntold(shape: Shape): boolean {
  return shape.some((dim) => typeof dim === 'string' && dim.endsWith(untold));
}

function withoutMark(dim: Dim): Dim {
  return typeof dim === 'string' && dim.endsWith(untold) ? dim.slice(0, -untold.length) : dim;
}

/**
 * NumPy broadcasting of two shapes; a name broadcasts only with itself and with 1. What is made of an untold size is
 * untold.
 */
export function broadcastShapes(left: Shape, right: Shape): Shape {
  const rank = Math.max(left.length, right.length);
  const result: Dim[] = [];
  for (let index = 0; index < rank; index++) {
    const a = left[left.length - rank + index] ?? 1;
    const b = right[right.length - rank + index] ?? 1;
    if (withoutMark(a) !== withoutMark(b) && a !== 1 && b !== 1)
      throw failed('graph-invalid', `Shapes ${shapeText(left)} and ${shapeText(right)} do not broadcast.`);
    result.push(a === 1 || a === withoutMark(b) ? b : a);
  }
  return result;
}

/** Refuses operands of different element types: no silent conversions. */
export function requireSameDType(op: string, ...values: readonly Value[]): void {
  const first = values[0];
  for (const value of values) {
    if (first !== undefined && value.dtype !== first.dtype)
      throw failed('graph-invalid', `${op} got ${first.dtype} and ${value.dtype}; cast one of them.`);
  }
}
