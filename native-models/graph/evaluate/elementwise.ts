import type { DType } from '../value.ts';
import { type Kernel, type KernelTable, tensorAt } from './kernel.ts';
import { broadcastSizes, broadcastStrides, copyView } from './tensor.ts';

function unary(compute: (x: number) => number): Kernel {
  return (_, inputs) => {
    const { shape, data } = tensorAt(inputs, 0);
    return [{ shape, data: data.map(compute) }];
  };
}

/** Any number of operands, broadcast together. */
function broadcast(compute: (...operands: number[]) => number): Kernel {
  return (_, inputs) => {
    const shape = broadcastSizes(...inputs.map((input) => input.shape));
    const operands = inputs.map((input) => copyView(input, shape, broadcastStrides(input.shape, shape)).data);
    const size = operands[0]?.length ?? 0;
    return [{ shape, data: Float64Array.from({ length: size }, (_, index) => compute(...operands.map((operand) => operand[index] ?? Number.NaN))) }];
  };
}

const integers = new Set<DType>(['int64', 'int32', 'uint8']);

/** Integer division cuts towards zero, as the kernels do. */
const divide: Kernel = (node, inputs) => {
  const whole = integers.has(node.outputs[0]?.dtype ?? 'float64');
  return broadcast((a, b) => (whole ? Math.trunc(a / b) : a / b))(node, inputs);
};

/** Floating types all keep float64 here; whole ones lose the fraction. */
const cast: Kernel = (node, inputs) => {
  const to = node.outputs[0]?.dtype ?? 'float64';
  if (to === 'bool') return unary((x) => Number(x !== 0))(node, inputs);
  return unary((x) => (integers.has(to) ? Math.trunc(x) : x))(node, inputs);
};

export const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));

export const elementwiseKernels: KernelTable = {
  Add: broadcast((a, b) => a + b),
  Sub: broadcast((a, b) => a - b),
  Mul: broadcast((a, b) => a * b),
  Div: divide,
  Max: broadcast((a, b) => Math.max(a, b)),
  Min: broadcast((a, b) => Math.min(a, b)),
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Sigmoid: unary(sigmoidOf),
  Silu: unary((x) => x * sigmoidOf(x)),
  Abs: unary(Math.abs),
  Less: broadcast((a, b) => Number(a < b)),
  LessOrEqual: broadcast((a, b) => Number(a <= b)),
  Greater: broadcast((a, b) => Number(a > b)),
  Equal: broadcast((a, b) => Number(a === b)),
  And: broadcast((a, b) => a * b),
  Or: broadcast((a, b) => Math.max(a, b)),
  Not: unary((x) => 1 - x),
  Where: broadcast((condition, a, b) => (condition === 1 ? a : b)),
  Cast: cast,
};
