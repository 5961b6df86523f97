import type { GraphNode } from '../value.ts';
import type { NumericTensor } from './tensor.ts';

/** Computes the outputs of one node. */
export type Kernel = (node: GraphNode, inputs: readonly NumericTensor[]) => readonly NumericTensor[];
export type KernelTable = { readonly [op: string]: Kernel };

/** An input a node has by construction. */
export function tensorAt(inputs: readonly NumericTensor[], index: number): NumericTensor {
  const tensor = inputs[index];
  if (tensor === undefined) throw new RangeError(`The node has no input ${index}`);
  return tensor;
}
