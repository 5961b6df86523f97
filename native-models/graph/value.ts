import { failed } from '../failure.ts';
import type { OpName } from './ops.ts';
import type { Scope } from './scope.ts';

/** Element types a value can have. `int4` exists only as stored weights, two to a byte. */
export type DType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'uint8' | 'int4' | 'bool';

/** A size known now, or the name of one known at run time (`'batch'`, `'seq'`). Equal names are equal sizes. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Attributes of a node, as ONNX stores them. */
export type Attribute = number | readonly number[] | string;
export type Attributes = { readonly [name: string]: Attribute };

/** Where an initializer's bytes lie: a slice of a file, read by the runtime without a copy. */
export interface ExternalData {
  /** Path relative to the folder given to the session. */
  readonly location: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export type Origin =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float64Array }
  | { readonly kind: 'external'; readonly name: string; readonly data: ExternalData }
  | { readonly kind: 'node'; readonly node: GraphNode; readonly index: number }
  | { readonly kind: 'region'; readonly region: Region; readonly index: number }
  | { readonly kind: 'bodyInput'; readonly name: string };

/** One tensor of a graph. Immutable; it knows how it is made, so a graph is whatever its outputs reach. */
export interface Value {
  readonly id: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly origin: Origin;
}

/** The body of a `Loop`: its own inputs (iteration, condition, carried) and outputs (condition, carried, scans). */
export interface LoopBody {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Stored weights are converted inside, anew in each iteration, so that no converted copy lives through the loop. */
  readonly convertsWeights: boolean;
}

interface NodeParts {
  readonly id: number;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  /** Which part of the model it belongs to, for profiles and listings. */
  readonly scope: Scope;
}

export type GraphNode = NodeParts &
  ({ readonly op: OpName; readonly body: null } | { readonly op: 'Loop'; readonly body: LoopBody });

/** What a region's gradient rule is told. */
export interface RegionGradientContext {
  /** Gradients of parameters made since the last region that recomputes; a barrier on them keeps recomputation late. */
  readonly after: readonly Value[];
}

/**
 * A part of a graph with a gradient rule of its own. Forward it is just the nodes inside; backward it is one unit.
 * `gradient` returns one entry per input, `null` where no gradient flows.
 */
export interface Region {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly inner: readonly Value[];
  /** Its rule makes the values inside again, after everything in the context's `after`. */
  readonly recomputes?: boolean;
  readonly gradient: (
    upstream: readonly (Value | null)[],
    needed: readonly boolean[],
    context: RegionGradientContext,
  ) => readonly (Value | null)[];
}

let nextId = 0;
let currentScope: Scope = [];

/** Runs `build` with its nodes in `scope`, inside the scope that is open already. */
export function withScope<Result>(scope: Scope[number] | Scope, build: () => Result): Result {
  const outer = currentScope;
  currentScope = [...outer, ...[scope].flat()];
  try {
    return build();
  } finally {
    currentScope = outer;
  }
}

/** Makes a value; ids grow, so creation order is an order of execution. */
export function makeValue(dtype: DType, shape: Shape, origin: Origin): Value {
  nextId += 1;
  return Object.freeze({ id: nextId, dtype, shape: Object.freeze([...shape]), origin });
}

/** A named input of the whole graph. */
export function input(name: string, dtype: DType, shape: Shape): Value {
  return makeValue(dtype, shape, { kind: 'input', name });
}

/** A constant stored in the graph; `data` in row-major order. */
export function constant(dtype: DType, shape: readonly number[], data: ArrayLike<number>): Value {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size !== data.length)
    throw failed(
      'graph-invalid',
      `A constant of shape [${shape.join(', ')}] needs ${size} numbers, got ${data.length}.`,
    );
  return makeValue(dtype, shape, { kind: 'constant', data: Float64Array.from(data) });
}

/** A constant with one element and no dimensions. */
export function scalar(dtype: DType, value: number): Value {
  return constant(dtype, [], [value]);
}

/** A tensor that lies in a file and is mapped, not copied. */
export function external(name: string, dtype: DType, shape: readonly number[], data: ExternalData): Value {
  return makeValue(dtype, shape, { kind: 'external', name, data });
}

type OutputType = Pick<Value, 'dtype' | 'shape'>;

/** Makes a node and its output values. */
export function makeNode(
  op: OpName,
  inputs: readonly Value[],
  outputs: readonly OutputType[],
  attributes: Attributes = {},
): readonly Value[] {
  return withOutputs(outputs, (parts) => ({ ...parts, op, inputs, attributes, body: null }));
}

/** Makes a loop and its output values. */
export function makeLoop(inputs: readonly Value[], outputs: readonly OutputType[], body: LoopBody): readonly Value[] {
  return withOutputs(outputs, (parts) => ({ ...parts, op: 'Loop', inputs, attributes: {}, body }));
}

function withOutputs(
  outputs: readonly OutputType[],
  complete: (parts: Pick<NodeParts, 'id' | 'outputs' | 'scope'>) => GraphNode,
): readonly Value[] {
  nextId += 1;
  const made: Value[] = [];
  const node = complete({ id: nextId, outputs: made, scope: currentScope });
  for (const [index, { dtype, shape }] of outputs.entries())
    made.push(makeValue(dtype, shape, { kind: 'node', node, index }));
  return made;
}

/** Makes a node with a single output. */
export function makeSingle(
  op: OpName,
  inputs: readonly Value[],
  dtype: DType,
  shape: Shape,
  attributes: Attributes = {},
): Value {
  const [output] = makeNode(op, inputs, [{ dtype, shape }], attributes);
  if (output === undefined) throw failed('graph-invalid', `${op} was made without an output.`);
  return output;
}

/** Wraps values already built into a region whose outputs autodiff treats as one unit. */
export function makeRegion(region: Region): readonly Value[] {
  return region.inner.map((value, index) => makeValue(value.dtype, value.shape, { kind: 'region', region, index }));
}
