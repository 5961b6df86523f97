import { numberAttribute } from '../lowering/writer.ts';
import { type Kernel, type KernelTable, tensorAt } from './kernel.ts';
import { eachRow } from './tensor.ts';

const rmsNormalize: Kernel = (node, inputs) => {
  const [x, weight] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
  const epsilon = numberAttribute(node, 'epsilon');
  const normalized = new Float64Array(x.data.length);
  const inverse: number[] = [];
  eachRow(x, (start, length) => {
    const row = x.data.subarray(start, start + length);
    const inverseRms = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / length + epsilon);
    normalized.set(
      row.map((value, column) => value * inverseRms * (weight.data[column] ?? Number.NaN)),
      start,
    );
    inverse.push(inverseRms);
  });
  return [
    { shape: x.shape, data: normalized },
    { shape: [...x.shape.slice(0, -1), 1], data: Float64Array.from(inverse) },
  ];
};

const addRmsNormalize: Kernel = (node, inputs) => {
  const [x, addition, weight] = [tensorAt(inputs, 0), tensorAt(inputs, 1), tensorAt(inputs, 2)];
  const sum = { shape: x.shape, data: x.data.map((value, index) => value + (addition.data[index] ?? Number.NaN)) };
  return [...rmsNormalize(node, [sum, weight]).slice(0, 1), sum];
};

/** Element i of the first half of what is rotated turns with element i of its second half. */
const rotate: Kernel = (node, inputs) => {
  const [x, positions, cosine, sine] = [
    tensorAt(inputs, 0),
    tensorAt(inputs, 1),
    tensorAt(inputs, 2),
    tensorAt(inputs, 3),
  ];
  const headDim = numberAttribute(node, 'headDim');
  const half = cosine.shape.at(-1) ?? 0;
  const data = Float64Array.from(x.data);
  eachRow(x, (start, length, row) => {
    const table = (positions.data[row] ?? Number.NaN) * half;
    for (let head = start; head < start + length; head += headDim) {
      for (let index = 0; index < half; index++) {
        const [first, second] = [x.data[head + index] ?? Number.NaN, x.data[head + half + index] ?? Number.NaN];
        const [cos, sin] = [cosine.data[table + index] ?? Number.NaN, sine.data[table + index] ?? Number.NaN];
        data[head + index] = first * cos - second * sin;
        data[head + half + index] = second * cos + first * sin;
      }
    }
  });
  return [{ shape: x.shape, data }];
};

export const fusedKernels = {
  RmsNormalize: rmsNormalize,
  AddRmsNormalize: addRmsNormalize,
  Rotate: rotate,
  Barrier: (_, inputs) => [tensorAt(inputs, 0)],
} satisfies Partial<KernelTable>;
