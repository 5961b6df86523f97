import type { OpName } from '../ops.ts';
import type { GraphNode } from '../value.ts';
import type { NumericTensor } from './tensor.ts';

/** Computes the outputs of one node. */
export type Kernel = (node: GraphNode, inputs: readonly NumericTensor[]) => readonly NumericTensor[];
/** Of every operator that the evaluator computes: it does not read the int4 blocks of a file. */
export type KernelTable = { readonly [op in Exclude<OpName, 'Dequantize'>]: Kernel };

/** An input a node has by construction. */
export function tensorAt(inputs: readonly NumericTensor[], index: number): NumericTensor {
  const tensor = inputs[index];
  if (tensor === undefined) throw new RangeError(`The node has no input ${index}`);
  return tensor;
}
