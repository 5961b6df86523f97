import { isUntold } from '../shape.ts';
import { onnxDType } from '../tensor-bytes.ts';
import { type Lowering, type NodeWriter, result } from './writer.ts';
import type { GraphNode, Value } from '../value.ts';

/** The first elements of a value, none with `count` 0, in the element type of the barrier. */
function leading(dependency: Value, count: number, node: GraphNode, write: NodeWriter): string {
  const [flat, part] = [write.temporary(dependency.dtype), write.temporary(dependency.dtype)];
  write.node(
    'Reshape',
    [write.name(dependency), isUntold(dependency.shape) ? write.untoldIntegers([-1]) : write.integers([-1])],
    [flat],
  );
  write.node('Slice', [flat, write.integers([0]), write.integers([count]), write.integers([0])], [part]);
  if (dependency.dtype === result(node).dtype) return part;
  const typed = write.temporary();
  write.node('Cast', [part], [typed], { to: onnxDType[result(node).dtype] });
  return typed;
}

/** Adds a zero of shape `[1]` to the value of the barrier. */
function addZero(node: GraphNode, zero: string, write: NodeWriter): void {
  const [x] = node.inputs;
  if (x === undefined) return;
  if (x.shape.length > 0) {
    write.node('Add', [write.name(x), zero], [write.name(result(node))]);
    return;
  }
  const zeroScalar = write.temporary();
  write.node('Reshape', [zero, write.integers([])], [zeroScalar]);
  write.node('Add', [write.name(x), zeroScalar], [write.name(result(node))]);
}

/**
 * A zero that needs every dependency: an empty slice of each joined to one stored zero. `0 · dependency` would carry
 * NaN over.
 */
export const barrierByEmptySlices: Lowering = (node, write) => {
  const parts = node.inputs.slice(1).map((dependency) => leading(dependency, 0, node, write));
  const [one, zero] = [write.temporary(), write.temporary()];
  write.node('Reshape', [write.scalarLike(result(node), 0), write.integers([1])], [one]);
  write.node('Concat', [one, ...parts], [zero], { axis: 0 });
  addZero(node, zero, write);
};

/**
 * The same without empty tensors, which WebGPU's Concat of ONNX Runtime 1.30 refuses: elements that are never chosen.
 */
export const barrierByChoice: Lowering = (node, write) => {
  const zero = write.scalarLike(result(node), 0);
  const never = write.temporary('bool');
  write.node('Less', [zero, zero], [never]);
  let sum = zero;
  for (const dependency of node.inputs.slice(1)) {
    const [chosen, next] = [write.temporary(), write.temporary()];
    write.node('Where', [never, leading(dependency, 1, node, write), zero], [chosen]);
    write.node('Add', [sum, chosen], [next]);
    sum = next;
  }
  addZero(node, sum, write);
};
