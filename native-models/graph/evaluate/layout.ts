import { failed } from '../../failure.ts';
import { listAttribute, numberAttribute } from '../lowering/writer.ts';
import { type Kernel, type KernelTable, tensorAt } from './kernel.ts';
import {
  type NumericTensor,
  broadcastSizes,
  broadcastStrides,
  copyView,
  eachRow,
  sizeOf,
  stridesOf,
} from './tensor.ts';

/** 0 keeps the axis in place, -1 takes what is left. */
const reshape: Kernel = (node, inputs) => {
  const x = tensorAt(inputs, 0);
  const target = listAttribute(node, 'shape').map((dim, axis) => (dim === 0 ? (x.shape[axis] ?? 0) : dim));
  const known = sizeOf(target.filter((dim) => dim !== -1));
  const shape = target.map((dim) => (dim === -1 ? x.data.length / known : dim));
  if (!shape.every(Number.isInteger) || sizeOf(shape) !== x.data.length)
    throw failed('graph-invalid', `A tensor of [${x.shape.join(', ')}] cannot become [${shape.join(', ')}].`);
  return [{ shape, data: x.data }];
};

const expand: Kernel = (node, inputs) => {
  const x = tensorAt(inputs, 0);
  const shape = broadcastSizes(x.shape, listAttribute(node, 'shape'));
  return [copyView(x, shape, broadcastStrides(x.shape, shape))];
};

const transpose: Kernel = (node, inputs) => {
  const x = tensorAt(inputs, 0);
  const order = listAttribute(node, 'perm');
  const strides = stridesOf(x.shape);
  return [
    copyView(
      x,
      order.map((axis) => x.shape[axis] ?? 0),
      order.map((axis) => strides[axis] ?? 0),
    ),
  ];
};

const concat: Kernel = (node, inputs) => {
  const axis = numberAttribute(node, 'axis');
  const first = tensorAt(inputs, 0);
  const shape = first.shape.map((dim, index) =>
    index === axis ? inputs.reduce((sum, part) => sum + (part.shape[axis] ?? 0), 0) : dim,
  );
  const data = new Float64Array(sizeOf(shape));
  const blocks = sizeOf(first.shape.slice(0, axis));
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    for (const part of inputs) {
      const length = part.data.length / blocks;
      data.set(part.data.subarray(block * length, (block + 1) * length), at);
      at += length;
    }
  }
  return [{ shape, data }];
};

/** A negative start counts from the end; an end past the axis stops there. */
const slice: Kernel = (node, inputs) => {
  const x = tensorAt(inputs, 0);
  const axis = numberAttribute(node, 'axis');
  const size = x.shape[axis] ?? 0;
  const start =
    numberAttribute(node, 'start') < 0
      ? Math.max(0, size + numberAttribute(node, 'start'))
      : numberAttribute(node, 'start');
  const end = Math.min(size, numberAttribute(node, 'end'));
  const strides = stridesOf(x.shape);
  return [
    copyView(
      x,
      x.shape.map((dim, index) => (index === axis ? end - start : dim)),
      strides,
      start * (strides[axis] ?? 0),
    ),
  ];
};

const leading: Kernel = (_, inputs) => {
  const [x, counts] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
  return [
    copyView(
      x,
      x.shape.map((dim, axis) => Math.min(dim, counts.data[axis] ?? 0)),
      stridesOf(x.shape),
    ),
  ];
};

/** An index from the end when negative, as in ONNX; refuses one outside. */
function position(index: number, size: number): number {
  const at = index < 0 ? size + index : index;
  if (!Number.isInteger(at) || at < 0 || at >= size)
    throw failed('graph-invalid', `Index ${index} does not lie in an axis of ${size}.`);
  return at;
}

const gather: Kernel = (_, inputs) => {
  const [x, indices] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
  const rowShape = x.shape.slice(1);
  const width = sizeOf(rowShape);
  const data = new Float64Array(indices.data.length * width);
  for (const [place, index] of indices.data.entries()) {
    const row = position(index, x.shape[0] ?? 0);
    data.set(x.data.subarray(row * width, (row + 1) * width), place * width);
  }
  return [{ shape: [...indices.shape, ...rowShape], data }];
};

/**
 * Where each index of `[..., k]` points in data of shape `[..., n]`. The leading axes of the indices may be shorter.
 */
function lastAxisPositions(shape: readonly number[], indices: NumericTensor): number[] {
  const size = shape.at(-1) ?? 1;
  const rows = copyView(
    { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, at) => at) },
    [...indices.shape.slice(0, -1), 1],
    stridesOf(shape),
  ).data;
  const positions: number[] = [];
  eachRow(indices, (start, length, row) => {
    for (const index of indices.data.subarray(start, start + length))
      positions.push((rows[row] ?? Number.NaN) + position(index, size));
  });
  return positions;
}

const gatherElements: Kernel = (_, inputs) => {
  const [x, indices] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
  return [
    {
      shape: indices.shape,
      data: Float64Array.from(lastAxisPositions(x.shape, indices), (at) => x.data[at] ?? Number.NaN),
    },
  ];
};

const scatterRows: Kernel = (node, inputs) => {
  const [indices, updates] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
  const [rows, width] = [numberAttribute(node, 'rows'), numberAttribute(node, 'width')];
  const data = new Float64Array(rows * width);
  for (const [place, index] of indices.data.entries()) {
    const row = position(index, rows);
    for (let column = 0; column < width; column++)
      data[row * width + column] =
        (data[row * width + column] ?? Number.NaN) + (updates.data[place * width + column] ?? Number.NaN);
  }
  return [{ shape: [rows, width], data }];
};

const scatterLast: Kernel = (_, inputs) => {
  const [like, indices, updates] = [tensorAt(inputs, 0), tensorAt(inputs, 1), tensorAt(inputs, 2)];
  const data = new Float64Array(like.data.length);
  for (const [place, at] of lastAxisPositions(like.shape, indices).entries())
    data[at] = (data[at] ?? Number.NaN) + (updates.data[place] ?? Number.NaN);
  return [{ shape: like.shape, data }];
};

/** Largest first; the earlier position on a tie. */
const topK: Kernel = (node, inputs) => {
  const x = tensorAt(inputs, 0);
  const count = numberAttribute(node, 'k');
  const shape = [...x.shape.slice(0, -1), count];
  const [values, places] = [new Float64Array(sizeOf(shape)), new Float64Array(sizeOf(shape))];
  eachRow(x, (start, length, row) => {
    const elements = Array.from(x.data.subarray(start, start + length), (value, place) => ({ value, place }));
    elements.sort((a, b) => b.value - a.value || a.place - b.place);
    for (const [rank, { value, place }] of elements.slice(0, count).entries()) {
      values[row * count + rank] = value;
      places[row * count + rank] = place;
    }
  });
  return [
    { shape, data: values },
    { shape, data: places },
  ];
};

export const layoutKernels = {
  Reshape: reshape,
  Expand: expand,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Leading: leading,
  Gather: gather,
  GatherElements: gatherElements,
  ScatterRows: scatterRows,
  ScatterLast: scatterLast,
  TopK: topK,
} satisfies Partial<KernelTable>;
