import type { DType } from '../value.ts';
import { type Kernel, type KernelTable, tensorAt } from './kernel.ts';
import { type NumericTensor, broadcastSizes, broadcastStrides, copyView } from './tensor.ts';

function unary(compute: (x: number) => number): Kernel {
  return (_, inputs) => {
    const { shape, data } = tensorAt(inputs, 0);
    return [{ shape, data: data.map(compute) }];
  };
}

/** An operand read as if it had the broadcast shape. */
function spread(operand: NumericTensor, shape: readonly number[]): Float64Array {
  return operand.shape.join() === shape.join()
    ? operand.data
    : copyView(operand, shape, broadcastStrides(operand.shape, shape)).data;
}

function pairwise(compute: (a: number, b: number) => number): Kernel {
  return (_, inputs) => {
    const [a, b] = [tensorAt(inputs, 0), tensorAt(inputs, 1)];
    const shape = broadcastSizes(a.shape, b.shape);
    const right = spread(b, shape);
    return [{ shape, data: spread(a, shape).map((x, index) => compute(x, right[index] ?? Number.NaN)) }];
  };
}

const where: Kernel = (_, inputs) => {
  const shape = broadcastSizes(...inputs.map((input) => input.shape));
  const [condition, a, b] = [
    spread(tensorAt(inputs, 0), shape),
    spread(tensorAt(inputs, 1), shape),
    spread(tensorAt(inputs, 2), shape),
  ];
  return [{ shape, data: condition.map((holds, index) => (holds === 1 ? a[index] : b[index]) ?? Number.NaN) }];
};

const integers = new Set<DType>(['int64', 'int32', 'uint8']);

/** Integer division cuts towards zero, as the kernels do. */
const divide: Kernel = (node, inputs) => {
  const whole = integers.has(node.outputs[0]?.dtype ?? 'float64');
  return pairwise((a, b) => (whole ? Math.trunc(a / b) : a / b))(node, inputs);
};

/** Floating types all keep float64 here; whole ones lose the fraction. */
const cast: Kernel = (node, inputs) => {
  const to = node.outputs[0]?.dtype ?? 'float64';
  if (to === 'bool') return unary((x) => Number(x !== 0))(node, inputs);
  return unary((x) => (integers.has(to) ? Math.trunc(x) : x))(node, inputs);
};

const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));

export const elementwiseKernels = {
  Add: pairwise((a, b) => a + b),
  Sub: pairwise((a, b) => a - b),
  Mul: pairwise((a, b) => a * b),
  Div: divide,
  Max: pairwise((a, b) => Math.max(a, b)),
  Min: pairwise((a, b) => Math.min(a, b)),
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Sigmoid: unary(sigmoidOf),
  Silu: unary((x) => x * sigmoidOf(x)),
  Abs: unary(Math.abs),
  Less: pairwise((a, b) => Number(a < b)),
  LessOrEqual: pairwise((a, b) => Number(a <= b)),
  Greater: pairwise((a, b) => Number(a > b)),
  Equal: pairwise((a, b) => Number(a === b)),
  And: pairwise((a, b) => a * b),
  Or: pairwise((a, b) => Math.max(a, b)),
  Not: unary((x) => 1 - x),
  Where: where,
  Cast: cast,
} satisfies Partial<KernelTable>;
