import { failed } from '../../failure.ts';
import { largestOf } from '../../extremes.ts';

/** A tensor of the evaluator: row-major numbers whatever the element type (`bool` as 0 and 1, `int64` as numbers). */
export interface NumericTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Distance in `data` between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Strides that read a tensor of shape `from` as if it were broadcast to `to`: 0 along every repeated axis. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = stridesOf(from);
  const extra = to.length - from.length;
  return to.map((_, axis) => (axis < extra || from[axis - extra] === 1 ? 0 : (strides[axis - extra] ?? 0)));
}

/** NumPy broadcasting of known shapes. Throws `graph-invalid` where sizes differ and neither is 1. */
export function broadcastSizes(...shapes: readonly (readonly number[])[]): number[] {
  const rank = largestOf(shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[shape.length - rank + axis] ?? 1);
    const size = sizes.find((candidate) => candidate !== 1) ?? 1;
    if (sizes.some((other) => other !== 1 && other !== size))
      throw failed(
        'graph-invalid',
        `Shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} do not broadcast.`,
      );
    return size;
  });
}

/** Position in `data`, for each element of `shape` in row-major order, of a view with these strides. */
export function viewPositions(shape: readonly number[], strides: readonly number[], offset = 0): Int32Array {
  const positions = new Int32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  let position = offset;
  for (let element = 0; element < positions.length; element++) {
    positions[element] = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      position += strides[axis] ?? 0;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      position -= next * (strides[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return positions;
}

/** The elements a view shows, as a tensor of its own. */
export function copyView(
  { data }: NumericTensor,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): NumericTensor {
  return {
    shape,
    data: Float64Array.from(viewPositions(shape, strides, offset), (position) => data[position] ?? Number.NaN),
  };
}

/** A tensor as `[rows, last axis]`; calls `row` with the start of each row and its length. */
export function eachRow(
  { shape, data }: NumericTensor,
  row: (start: number, length: number, index: number) => void,
): void {
  const length = shape.at(-1) ?? 1;
  if (length === 0) return;
  for (let index = 0; index * length < data.length; index++) row(index * length, length, index);
}
