import { type LoweringTable, type NodeWriter, numberAttribute, operand, result } from './writer.ts';
import type { GraphNode, Value } from '../value.ts';

/** The norm of `x`, by its ONNX name, node for node as ONNX Runtime's `SimplifiedLayerNormFusion` looks for it. */
function writeNorm(node: GraphNode, write: NodeWriter, x: string, weight: Value): string {
  const [square, mean, shifted, root, scaled] = [
    write.temporary(),
    write.temporary(),
    write.temporary(),
    write.temporary(),
    write.temporary(),
  ];
  write.node('Pow', [x, write.scalarLike(weight, 2)], [square]);
  write.node('ReduceMean', [square, write.integers([-1])], [mean], { keepdims: 1 });
  write.node('Add', [mean, write.scalarLike(weight, numberAttribute(node, 'epsilon'))], [shifted]);
  write.node('Sqrt', [shifted], [root]);
  write.node('Div', [x, root], [scaled]);
  write.node('Mul', [scaled, write.name(weight)], [write.name(result(node))]);
  return root;
}

function rmsNormalize(node: GraphNode, write: NodeWriter): void {
  const root = writeNorm(node, write, write.name(operand(node, 0)), operand(node, 1));
  // Another reader of the root would keep the runtime from making one kernel of the norm.
  if (write.isRead(result(node, 1))) write.node('Reciprocal', [root], [write.name(result(node, 1))]);
}

function addRmsNormalize(node: GraphNode, write: NodeWriter): void {
  const sum = write.name(result(node, 1));
  write.node('Add', [write.name(operand(node, 0)), write.name(operand(node, 1))], [sum]);
  writeNorm(node, write, sum, operand(node, 2));
}

/** RMSNorm in standard ONNX that the runtime's optimiser recognises. */
export const fusibleLowerings = {
  RmsNormalize: rmsNormalize,
  AddRmsNormalize: addRmsNormalize,
} satisfies Partial<LoweringTable>;
