import { type LoweringTable, type NodeWriter, numberAttribute, operand, result } from './writer.ts';
import { staticDim } from '../shape.ts';
import type { GraphNode, Value } from '../value.ts';

function transposed(value: Value, write: NodeWriter): string {
  const rank = value.shape.length;
  const order = value.shape.map((_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis));
  const name = write.temporary();
  write.node('Transpose', [write.name(value)], [name], { perm: order });
  return name;
}

function matmul(node: GraphNode, write: NodeWriter): void {
  const [a, b] = [operand(node, 0), operand(node, 1)];
  const left = numberAttribute(node, 'transA') === 1 ? transposed(a, write) : write.name(a);
  const right = numberAttribute(node, 'transB') === 1 ? transposed(b, write) : write.name(b);
  const alpha = numberAttribute(node, 'alpha');
  const product = alpha === 1 ? write.name(result(node)) : write.temporary();
  write.node('MatMul', [left, right], [product]);
  if (alpha !== 1) write.node('Mul', [product, write.scalarLike(a, alpha)], [write.name(result(node))]);
}

/** The norm of `x`, by its ONNX name, as the node's first output. */
function writeNorm(node: GraphNode, write: NodeWriter, x: string, weight: Value, inverse: string): void {
  const [square, mean, shifted, root, scaled] = [
    write.temporary(),
    write.temporary(),
    write.temporary(),
    write.temporary(),
    write.temporary(),
  ];
  write.node('Mul', [x, x], [square]);
  write.node('ReduceMean', [square, write.integers([-1])], [mean], { keepdims: 1 });
  write.node('Add', [mean, write.scalarLike(weight, numberAttribute(node, 'epsilon'))], [shifted]);
  write.node('Sqrt', [shifted], [root]);
  write.node('Reciprocal', [root], [inverse]);
  write.node('Mul', [x, inverse], [scaled]);
  write.node('Mul', [scaled, write.name(weight)], [write.name(result(node))]);
}

function rmsNormalize(node: GraphNode, write: NodeWriter): void {
  writeNorm(node, write, write.name(operand(node, 0)), operand(node, 1), write.name(result(node, 1)));
}

function addRmsNormalize(node: GraphNode, write: NodeWriter): void {
  const sum = write.name(result(node, 1));
  write.node('Add', [write.name(operand(node, 0)), write.name(operand(node, 1))], [sum]);
  writeNorm(node, write, sum, operand(node, 2), write.temporary());
}

function rotate(node: GraphNode, write: NodeWriter): void {
  const [x, positions, cosine, sine] = [operand(node, 0), operand(node, 1), operand(node, 2), operand(node, 3)];
  const headDim = numberAttribute(node, 'headDim');
  const half = staticDim(cosine.shape, -1);
  const table = (source: Value): string => {
    const rows = write.temporary();
    const perHead = write.temporary();
    write.node('Gather', [write.name(source), write.name(positions)], [rows], { axis: 0 });
    write.node('Unsqueeze', [rows, write.integers([2])], [perHead]);
    return perHead;
  };
  const [cos, sin] = [table(cosine), table(sine)];
  const heads = write.temporary();
  write.node('Reshape', [write.name(x), write.integers([0, 0, -1, headDim])], [heads]);
  const part = (start: number, end: number): string => {
    const name = write.temporary();
    write.node('Slice', [heads, write.integers([start]), write.integers([end]), write.integers([3])], [name]);
    return name;
  };
  const product = (a: string, b: string): string => {
    const name = write.temporary();
    write.node('Mul', [a, b], [name]);
    return name;
  };
  const [first, second] = [part(0, half), part(half, 2 * half)];
  const still = 2 * half < headDim ? [part(2 * half, headDim)] : [];
  const [low, high, joined] = [write.temporary(), write.temporary(), write.temporary()];
  write.node('Sub', [product(first, cos), product(second, sin)], [low]);
  write.node('Add', [product(second, cos), product(first, sin)], [high]);
  write.node('Concat', [low, high, ...still], [joined], { axis: 3 });
  write.node('Reshape', [joined, write.integers([0, 0, Number(x.shape.at(-1))])], [write.name(result(node))]);
}

function silu(node: GraphNode, write: NodeWriter): void {
  const gate = write.temporary();
  write.node('Sigmoid', [write.name(operand(node, 0))], [gate]);
  write.node('Mul', [write.name(operand(node, 0)), gate], [write.name(result(node))]);
}

function logSoftmax(node: GraphNode, write: NodeWriter): void {
  const x = write.name(operand(node, 0));
  const [largest, shifted, power, sum, logSum] = [
    write.temporary(),
    write.temporary(),
    write.temporary(),
    write.temporary(),
    write.temporary(),
  ];
  write.node('ReduceMax', [x, write.integers([-1])], [largest], { keepdims: 1 });
  write.node('Sub', [x, largest], [shifted]);
  write.node('Exp', [shifted], [power]);
  write.node('ReduceSum', [power, write.integers([-1])], [sum], { keepdims: 1 });
  write.node('Log', [sum], [logSum]);
  write.node('Sub', [shifted, logSum], [write.name(result(node))]);
}

/** Coarse operations written out in standard ONNX, for providers without the fused kernel and for float64. */
export const primitiveLowerings = {
  MatMul: matmul,
  RmsNormalize: rmsNormalize,
  AddRmsNormalize: addRmsNormalize,
  Rotate: rotate,
  Silu: silu,
  LogSoftmax: logSoftmax,
} satisfies Partial<LoweringTable>;
