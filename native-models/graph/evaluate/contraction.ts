import { failed } from '../../failure.ts';
import { listAttribute, numberAttribute } from '../lowering/writer.ts';
import { type Kernel, type KernelTable, tensorAt } from './kernel.ts';
import { broadcastSizes, broadcastStrides, eachRow, sizeOf, stridesOf, viewPositions } from './tensor.ts';

/** `alpha · op(a) · op(b)`: each batch's matrices by their strides, so a transposed operand only swaps two of them. */
const matmul: Kernel = (node, inputs) => {
  const [a, b] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
  const alpha = numberAttribute(node, 'alpha');
  const matrix = (
    shape: readonly number[],
    flip: boolean,
  ): { rows: number; columns: number; rowStride: number; columnStride: number } => {
    const [beforeLast = 1, last = 1] = shape.slice(-2);
    return flip
      ? { rows: last, columns: beforeLast, rowStride: 1, columnStride: last }
      : { rows: beforeLast, columns: last, rowStride: last, columnStride: 1 };
  };
  const left = matrix(a.shape, numberAttribute(node, 'transA') === 1);
  const right = matrix(b.shape, numberAttribute(node, 'transB') === 1);
  if (left.columns !== right.rows)
    throw failed('graph-invalid', `Inner sizes of a matrix product differ: ${left.columns} and ${right.rows}.`);
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcastSizes(batchA, batchB);
  const starts = (shape: readonly number[], size: number): Int32Array =>
    viewPositions(
      batch,
      broadcastStrides(shape, batch).map((stride) => stride * size),
    );
  const startsA = starts(batchA, left.rows * left.columns);
  const startsB = starts(batchB, right.rows * right.columns);
  const shape = [...batch, left.rows, right.columns];
  const data = new Float64Array(sizeOf(shape));
  let at = 0;
  for (const [index, startA] of startsA.entries()) {
    const startB = startsB[index] ?? 0;
    for (let row = 0; row < left.rows; row++) {
      for (let column = 0; column < right.columns; column++) {
        let sum = 0;
        for (let inner = 0; inner < left.columns; inner++) {
          const x = a.data[startA + row * left.rowStride + inner * left.columnStride] ?? Number.NaN;
          const y = b.data[startB + inner * right.rowStride + column * right.columnStride] ?? Number.NaN;
          sum += x * y;
        }
        data[at++] = alpha * sum;
      }
    }
  }
  return [{ shape, data }];
};

/** Folds every element into the one its reduced axes collapse to. */
function reduction(
  initial: number,
  fold: (sum: number, x: number) => number,
  finish: (sum: number, count: number) => number = (sum) => sum,
): Kernel {
  return (node, inputs) => {
    const x = tensorAt(inputs, 0);
    const axes = listAttribute(node, 'axes');
    const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
    const data = new Float64Array(sizeOf(kept)).fill(initial);
    const positions = viewPositions(x.shape, strides);
    for (const [element, position] of positions.entries())
      data[position] = fold(data[position] ?? Number.NaN, x.data[element] ?? Number.NaN);
    const count = x.data.length / data.length;
    const shape = numberAttribute(node, 'keepdims') === 1 ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return [{ shape, data: data.map((sum) => finish(sum, count)) }];
  };
}

const softmax: Kernel = (_, inputs) => {
  const x = tensorAt(inputs, 0);
  const data = new Float64Array(x.data.length);
  eachRow(x, (start, length) => {
    const row = x.data.subarray(start, start + length);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const powers = row.map((value) => Math.exp(value - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    data.set(
      powers.map((power) => power / sum),
      start,
    );
  });
  return [{ shape: x.shape, data }];
};

const logSoftmax: Kernel = (_, inputs) => {
  const x = tensorAt(inputs, 0);
  const data = new Float64Array(x.data.length);
  eachRow(x, (start, length) => {
    const row = x.data.subarray(start, start + length);
    const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
    data.set(
      row.map((value) => value - largest - logSum),
      start,
    );
  });
  return [{ shape: x.shape, data }];
};

const argMax: Kernel = (_, inputs) => {
  const x = tensorAt(inputs, 0);
  const shape = x.shape.slice(0, -1);
  const data = new Float64Array(sizeOf(shape));
  eachRow(x, (start, length, index) => {
    const row = x.data.subarray(start, start + length);
    data[index] = row.indexOf(row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
  });
  return [{ shape, data }];
};

const cumulativeSum: Kernel = (node, inputs) => {
  const x = tensorAt(inputs, 0);
  const exclusive = numberAttribute(node, 'exclusive') === 1;
  const data = new Float64Array(x.data.length);
  eachRow(x, (start, length) => {
    let sum = 0;
    for (let at = start; at < start + length; at++) {
      const before = sum;
      sum += x.data[at] ?? Number.NaN;
      data[at] = exclusive ? before : sum;
    }
  });
  return [{ shape: x.shape, data }];
};

export const contractionKernels = {
  MatMul: matmul,
  ReduceSum: reduction(0, (sum, x) => sum + x),
  ReduceMean: reduction(
    0,
    (sum, x) => sum + x,
    (sum, count) => sum / count,
  ),
  ReduceMax: reduction(Number.NEGATIVE_INFINITY, Math.max),
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  ArgMax: argMax,
  CumSum: cumulativeSum,
} satisfies Partial<KernelTable>;
