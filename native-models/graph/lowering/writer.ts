import type { OpName } from '../ops.ts';
import type { DType, GraphNode, Value } from '../value.ts';

/** A number that ONNX stores as a float; others are integers. */
export interface FloatAttribute {
  readonly float: number;
}
export type OnnxAttribute = number | FloatAttribute | readonly number[] | string;
/** Attributes of an ONNX node, by kind. */
export type OnnxAttributes = { readonly [name: string]: OnnxAttribute };

/** What a lowering may do: name things and write ONNX nodes. */
export interface NodeWriter {
  /** The ONNX name of a value. */
  name(value: Value): string;
  /** A fresh name for something between nodes, of the node's first output's element type where none is given. */
  temporary(dtype?: DType): string;
  /** The name of a one-dimensional int64 constant. */
  integers(values: readonly number[]): string;
  /** The same, unknown to the runtime until the graph runs. */
  untoldIntegers(values: readonly number[]): string;
  /** The name of a constant without dimensions of the value's element type. */
  scalarLike(value: Value, number: number): string;
  /** Whether anything reads the value: an output that nothing reads need not be written. */
  isRead(value: Value): boolean;
  /** Writes one node; `domain` is empty for standard ONNX. */
  node(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: OnnxAttributes,
    domain?: string,
  ): void;
}

/** Writes the ONNX form of one node of ours. */
export type Lowering = (node: GraphNode, write: NodeWriter) => void;
export type LoweringTable = { readonly [op in OpName]: Lowering };

/** Contributed operators of ONNX Runtime. */
export const microsoft = 'com.microsoft';

/** First input, by position, of a node that has it by construction. */
export function operand(node: GraphNode, index: number): Value {
  const value = node.inputs[index];
  if (value === undefined) throw new RangeError(`${node.op} has no input ${index}`);
  return value;
}

/** Output by position of a node that has it by construction. */
export function result(node: GraphNode, index = 0): Value {
  const value = node.outputs[index];
  if (value === undefined) throw new RangeError(`${node.op} has no output ${index}`);
  return value;
}

/** A numeric attribute a node has by construction. */
export function numberAttribute(node: GraphNode, name: string): number {
  const value = node.attributes[name];
  if (typeof value !== 'number') throw new RangeError(`${node.op} has no number ${name}`);
  return value;
}

/** A list attribute a node has by construction. */
export function listAttribute(node: GraphNode, name: string): readonly number[] {
  const value = node.attributes[name];
  if (typeof value !== 'object') throw new RangeError(`${node.op} has no list ${name}`);
  return value;
}
