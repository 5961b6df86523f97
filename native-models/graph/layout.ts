import { failed } from '../failure.ts';
import { type Dim, type Shape, type Value, makeNode, makeSingle } from './value.ts';
import { dimAt, normalAxis, productDim, requireSameDType, sameShape, shapeText, staticDim } from './shape.ts';

/** The `Reshape` target: sizes, 0 for an axis kept in place, and at most one -1 for what is left. */
export function reshapeTarget(from: Shape, to: Shape): number[] {
  const target = to.map((dim, index) => (typeof dim === 'number' ? dim : from[index] === dim ? 0 : -1));
  if (target.filter((dim) => dim === -1).length > 1)
    throw failed('graph-invalid', `Reshape ${shapeText(from)} → ${shapeText(to)} leaves more than one size open.`);
  return target;
}

/** The same elements in another shape. Named sizes may stay in place; at most one may be new. */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const known = (dims: Shape): number | null =>
    dims.reduce<number | null>(
      (product, dim) => (product === null || typeof dim !== 'number' ? null : product * dim),
      1,
    );
  const before = known(x.shape);
  const after = known(shape);
  if (before !== null && after !== null && before !== after)
    throw failed(
      'graph-invalid',
      `Reshape ${shapeText(x.shape)} → ${shapeText(shape)} changes the number of elements.`,
    );
  return makeSingle('Reshape', [x], x.dtype, shape, { shape: reshapeTarget(x.shape, shape) });
}

/** `[..., m, k]` as `[rows, k]`: all leading axes in one. */
export function asRows(x: Value): Value {
  return x.shape.length === 2 ? x : reshape(x, [productDim(x.shape.slice(0, -1)), dimAt(x.shape, -1)]);
}

/** Axes in another order: output axis i is input axis `order[i]`. */
export function transpose(x: Value, order: readonly number[]): Value {
  if (order.length !== x.shape.length || new Set(order).size !== order.length)
    throw failed('graph-invalid', `Order [${order.join(', ')}] does not fit ${shapeText(x.shape)}.`);
  return makeSingle(
    'Transpose',
    [x],
    x.dtype,
    order.map((axis) => dimAt(x.shape, axis)),
    { perm: order },
  );
}

/** Joins along one axis. The joined size must be named when a part's is not known. */
export function concat(parts: readonly Value[], axis: number, joined?: Dim): Value {
  const first = parts[0];
  if (first === undefined) throw failed('graph-invalid', 'Concat needs at least one part.');
  requireSameDType('Concat', ...parts);
  const at = normalAxis(first.shape.length, axis);
  const sizes = parts.map((part) => dimAt(part.shape, at));
  const total =
    joined ??
    (sizes.every((size) => typeof size === 'number')
      ? sizes.reduce<number>((sum, size) => sum + Number(size), 0)
      : null);
  if (total === null) throw failed('graph-invalid', `The joined size of ${sizes.join(' + ')} needs a name.`);
  return makeSingle(
    'Concat',
    parts,
    first.dtype,
    first.shape.map((dim, index) => (index === at ? total : dim)),
    { axis: at },
  );
}

/** Elements `start` to `end` (not included) of one axis with a known size. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const at = normalAxis(x.shape.length, axis);
  const size = staticDim(x.shape, at);
  if (start < 0 || end > size || start >= end)
    throw failed('graph-invalid', `Slice ${start}:${end} does not lie in axis ${at} of ${shapeText(x.shape)}.`);
  if (start === 0 && end === size) return x;
  return makeSingle(
    'Slice',
    [x],
    x.dtype,
    x.shape.map((dim, index) => (index === at ? end - start : dim)),
    { axis: at, start, end },
  );
}

/** The last `count` elements of an axis whose size need not be known. */
export function sliceLast(x: Value, axis: number, count: number): Value {
  const at = normalAxis(x.shape.length, axis);
  const size = dimAt(x.shape, at);
  if (typeof size === 'number') return slice(x, at, size - count, size);
  return makeSingle(
    'Slice',
    [x],
    x.dtype,
    x.shape.map((dim, index) => (index === at ? count : dim)),
    { axis: at, start: -count, end: Number.MAX_SAFE_INTEGER },
  );
}

/**
 * The first elements of every axis, as many as `counts` (int64, one number an axis) says: what was padded at its ends,
 * without the padding.
 */
export function leading(x: Value, counts: Value, shape: Shape): Value {
  if (staticDim(counts.shape, 0) !== x.shape.length || shape.length !== x.shape.length)
    throw failed(
      'graph-invalid',
      `${shapeText(counts.shape)} counts and a result ${shapeText(shape)} do not fit ${shapeText(x.shape)}.`,
    );
  return makeSingle('Leading', [x, counts], x.dtype, shape);
}

/** Repeats axes of size 1 to a known shape. */
export function expand(x: Value, shape: readonly number[]): Value {
  return sameShape(x.shape, shape) ? x : makeSingle('Expand', [x], x.dtype, shape, { shape });
}

/** Rows of `data` along axis 0: `[n, ...]` at int64 indices `[...i]` gives `[...i, ...]`. */
export function gather(data: Value, indices: Value): Value {
  return makeSingle('Gather', [data, indices], data.dtype, [...indices.shape, ...data.shape.slice(1)]);
}

/** One element of the last axis for each index: `[..., n]` at `[..., k]` gives `[..., k]`. */
export function gatherLast(data: Value, indices: Value): Value {
  return makeSingle('GatherElements', [data, indices], data.dtype, indices.shape);
}

/** Zeros of `[rows, width]` with `updates [n, width]` added at row `indices [n]`; equal indices add up. */
export function scatterRows(indices: Value, updates: Value, rows: number): Value {
  const width = staticDim(updates.shape, -1);
  return makeSingle('ScatterRows', [indices, updates], updates.dtype, [rows, width], { rows, width });
}

/** Zeros like the last axis of size `width`, with each update added at its index: the gradient of `gatherLast`. */
export function scatterLast(like: Value, indices: Value, updates: Value): Value {
  return makeSingle('ScatterLast', [like, indices, updates], updates.dtype, like.shape);
}

/** The `count` largest elements of the last axis, largest first, and their positions (int64). */
export function topK(x: Value, count: number): readonly [values: Value, indices: Value] {
  const shape = [...x.shape.slice(0, -1), count];
  const [values, indices] = makeNode(
    'TopK',
    [x],
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
    { k: count },
  );
  if (values === undefined || indices === undefined) throw failed('graph-invalid', 'TopK was made without outputs.');
  return [values, indices];
}
