import type { OpName } from './ops.ts';
import { failed } from '../failure.ts';
import { type Dim, type Shape, type Value, makeSingle } from './value.ts';
import { broadcastShapes, dimAt, normalAxis, requireSameDType, shapeText } from './shape.ts';

export interface MatMulOptions {
  /** Swap the last two axes of the left operand first. */
  readonly transposeA?: boolean;
  /** Swap the last two axes of the right operand first. */
  readonly transposeB?: boolean;
  /** Factor on the product. */
  readonly alpha?: number;
}

function oriented(shape: Shape, transposed: boolean): [rows: Dim, columns: Dim] {
  const last = dimAt(shape, -1);
  const beforeLast = dimAt(shape, -2);
  return transposed ? [last, beforeLast] : [beforeLast, last];
}

/** `alpha · a · b` over the last two axes, leading axes broadcast: `[..., m, k] × [..., k, n] → [..., m, n]`. */
export function matmul(
  a: Value,
  b: Value,
  { transposeA = false, transposeB = false, alpha = 1 }: MatMulOptions = {},
): Value {
  requireSameDType('MatMul', a, b);
  const [rows, innerA] = oriented(a.shape, transposeA);
  const [innerB, columns] = oriented(b.shape, transposeB);
  if (innerA !== innerB)
    throw failed(
      'graph-invalid',
      `Inner sizes differ: ${shapeText(a.shape)} × ${shapeText(b.shape)} (transposeA ${transposeA}, ` +
        `transposeB ${transposeB}).`,
    );
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return makeSingle('MatMul', [a, b], a.dtype, [...batch, rows, columns], {
    transA: Number(transposeA),
    transB: Number(transposeB),
    alpha,
  });
}

export interface ReduceOptions {
  readonly axes: readonly number[];
  readonly keepDims?: boolean;
}

function reduce(op: OpName, x: Value, { axes, keepDims = false }: ReduceOptions): Value {
  const normal = axes.map((axis) => normalAxis(x.shape.length, axis)).sort((a, b) => a - b);
  const shape = x.shape.flatMap((dim, index): Dim[] => (normal.includes(index) ? (keepDims ? [1] : []) : [dim]));
  return makeSingle(op, [x], x.dtype, shape, { axes: normal, keepdims: Number(keepDims) });
}

export const reduceSum = (x: Value, options: ReduceOptions): Value => reduce('ReduceSum', x, options);
export const reduceMean = (x: Value, options: ReduceOptions): Value => reduce('ReduceMean', x, options);
export const reduceMax = (x: Value, options: ReduceOptions): Value => reduce('ReduceMax', x, options);

/** Over the last axis. */
export const softmax = (x: Value): Value => makeSingle('Softmax', [x], x.dtype, x.shape);
/** Over the last axis. */
export const logSoftmax = (x: Value): Value => makeSingle('LogSoftmax', [x], x.dtype, x.shape);

/** Index of the largest element of the last axis, the first one on a tie: `[..., n] → [...]`, int64. */
export const argMax = (x: Value): Value => makeSingle('ArgMax', [x], 'int64', x.shape.slice(0, -1));

/** Running sum along the last axis, without the element itself when `exclusive`. */
export const cumulativeSum = (x: Value, exclusive = false): Value =>
  makeSingle('CumSum', [x], x.dtype, x.shape, { exclusive: Number(exclusive) });
