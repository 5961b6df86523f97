import { failed } from '../failure.ts';
import { add, cast, div, exp, mul, neg, sigmoid, sub, where } from '../graph/elementwise.ts';
import { reduceMean, reduceSum } from '../graph/contraction.ts';
import { rotate } from '../graph/fused.ts';
import { expand, reshape, scatterLast, scatterRows, slice, transpose, concat } from '../graph/layout.ts';
import { dimAt, productDim, staticDim } from '../graph/shape.ts';
import { type DType, type GraphNode, type Value, makeSingle, scalar } from '../graph/value.ts';
import type { OpName } from '../graph/ops.ts';
import { unbroadcast } from './broadcast.ts';
import { matmulGradient } from './matmul.ts';

/** Gradients of the inputs, given those of the outputs; `null` where none flows. Built of ordinary nodes. */
export type GradientRule = (
  node: GraphNode,
  upstream: readonly (Value | null)[],
  needed: readonly boolean[],
) => readonly (Value | null)[];

function input(node: GraphNode, index: number): Value {
  const value = node.inputs[index];
  if (value === undefined) throw failed('graph-invalid', `${node.op} has no input ${index}.`);
  return value;
}

function output(node: GraphNode): Value {
  const value = node.outputs[0];
  if (value === undefined) throw failed('graph-invalid', `${node.op} has no output.`);
  return value;
}

function number(node: GraphNode, name: string): number {
  const value = node.attributes[name];
  if (typeof value !== 'number') throw failed('graph-invalid', `${node.op} has no number ${name}.`);
  return value;
}

function list(node: GraphNode, name: string): readonly number[] {
  const value = node.attributes[name];
  if (typeof value !== 'object') throw failed('graph-invalid', `${node.op} has no list ${name}.`);
  return value;
}

/** A rule for an operator with a single output. */
function single(
  rule: (dy: Value, node: GraphNode, needed: readonly boolean[]) => readonly (Value | null)[],
): GradientRule {
  return (node, [dy], needed) =>
    dy === null || dy === undefined ? node.inputs.map(() => null) : rule(dy, node, needed);
}

/** A rule for an elementwise function of one value. */
function elementwise(rule: (dy: Value, x: Value, y: Value) => Value): GradientRule {
  return single((dy, node) => [rule(dy, input(node, 0), output(node))]);
}

/** A rule for an elementwise function of two values, before un-broadcasting. */
function pairwise(rule: (dy: Value, a: Value, b: Value) => readonly [() => Value, () => Value]): GradientRule {
  return single((dy, node, needed) => {
    const [a, b] = [input(node, 0), input(node, 1)];
    const [da, db] = rule(dy, a, b);
    return [needed[0] === true ? unbroadcast(da(), a) : null, needed[1] === true ? unbroadcast(db(), b) : null];
  });
}

/** The larger (or smaller) operand takes the gradient; the right one on a tie. */
function selection(op: 'Greater' | 'Less'): GradientRule {
  return pairwise((dy, a, b) => {
    const left = (): Value => makeSingle(op, [a, b], 'bool', dy.shape);
    const zero = scalar(dy.dtype, 0);
    return [() => where(left(), dy, zero), () => where(left(), zero, dy)];
  });
}

/** Shape of a reduction's result with the reduced axes kept as 1, so that it broadcasts back. */
function kept(node: GraphNode, value: Value): Value {
  const axes = list(node, 'axes');
  return reshape(
    value,
    input(node, 0).shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

/** `dy` broadcast to the shape of `like`, whose sizes may be unknown. */
function spread(dy: Value, like: Value): Value {
  return like.shape.every((dim) => typeof dim === 'number')
    ? expand(dy, like.shape.map(Number))
    : add(mul(like, scalar(like.dtype, 0)), dy);
}

const negatives = new WeakMap<Value, Value>();

/** `-table`, one node however many rotations share the table. */
function negated(table: Value): Value {
  const known = negatives.get(table) ?? neg(table);
  negatives.set(table, known);
  return known;
}

/** Element types that carry gradients; comparisons and indices do not. */
const floating = new Set<DType>(['float32', 'float64', 'float16', 'bfloat16']);

/** The rule of each operator; `null` for those that no gradient flows through, or that have none. */
export const rules: { readonly [op in OpName]: GradientRule | null } = {
  Add: pairwise((dy) => [() => dy, () => dy]),
  Sub: pairwise((dy) => [() => dy, () => neg(dy)]),
  Mul: pairwise((dy, a, b) => [() => mul(dy, b), () => mul(dy, a)]),
  Div: pairwise((dy, a, b) => [() => div(dy, b), () => neg(div(mul(dy, a), mul(b, b)))]),
  Max: selection('Greater'),
  Min: selection('Less'),
  Neg: elementwise((dy) => neg(dy)),
  Exp: elementwise((dy, _, y) => mul(dy, y)),
  Log: elementwise((dy, x) => div(dy, x)),
  Sqrt: elementwise((dy, _, y) => div(mul(dy, scalar(dy.dtype, 0.5)), y)),
  Reciprocal: elementwise((dy, _, y) => neg(mul(dy, mul(y, y)))),
  Sigmoid: elementwise((dy, _, y) => mul(dy, mul(y, sub(scalar(y.dtype, 1), y)))),
  Abs: elementwise((dy, x) => where(makeSingle('Less', [x, scalar(x.dtype, 0)], 'bool', x.shape), neg(dy), dy)),
  Silu: elementwise((dy, x, y) => {
    const gate = sigmoid(x);
    return mul(dy, add(gate, mul(y, sub(scalar(x.dtype, 1), gate))));
  }),
  Cast: single((dy, node) => {
    const x = input(node, 0);
    return [floating.has(x.dtype) ? cast(dy, x.dtype) : null];
  }),
  Barrier: single((dy, node) => node.inputs.map((_, index) => (index === 0 ? dy : null))),
  Where: single((dy, node) => {
    const condition = input(node, 0);
    const zero = scalar(dy.dtype, 0);
    return [
      null,
      unbroadcast(where(condition, dy, zero), input(node, 1)),
      unbroadcast(where(condition, zero, dy), input(node, 2)),
    ];
  }),
  MatMul: single(matmulGradient),
  ReduceSum: single((dy, node) => [spread(kept(node, dy), input(node, 0))]),
  ReduceMean: single((dy, node) => {
    const x = input(node, 0);
    const count = list(node, 'axes').reduce((product, axis) => product * staticDim(x.shape, axis), 1);
    return [spread(mul(kept(node, dy), scalar(dy.dtype, 1 / count)), x)];
  }),
  Softmax: elementwise((dy, _, y) => mul(y, sub(dy, reduceSum(mul(dy, y), { axes: [-1], keepDims: true })))),
  LogSoftmax: elementwise((dy, _, y) => sub(dy, mul(exp(y), reduceSum(dy, { axes: [-1], keepDims: true })))),
  CumSum: elementwise((dy, _, y) => {
    // Σ over later positions = total − Σ over earlier positions.
    const exclusive = y.origin.kind === 'node' && y.origin.node.attributes['exclusive'] === 1;
    const before = makeSingle('CumSum', [dy], dy.dtype, dy.shape, { exclusive: exclusive ? 0 : 1 });
    return sub(reduceSum(dy, { axes: [-1], keepDims: true }), before);
  }),
  Reshape: single((dy, node) => [reshape(dy, input(node, 0).shape)]),
  Expand: single((dy, node) => [unbroadcast(dy, input(node, 0))]),
  Transpose: single((dy, node) => {
    const order = list(node, 'perm');
    return [
      transpose(
        dy,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ];
  }),
  Concat: single((dy, node, needed) => {
    const axis = number(node, 'axis');
    let start = 0;
    return node.inputs.map((part, index) => {
      const from = start;
      start += staticDim(part.shape, axis);
      return needed[index] === true ? slice(dy, axis, from, start) : null;
    });
  }),
  Slice: single((dy, node) => {
    const x = input(node, 0);
    const [axis, start, end] = [number(node, 'axis'), number(node, 'start'), number(node, 'end')];
    const size = staticDim(x.shape, axis);
    const zeros = (length: number): Value[] =>
      length === 0 ? [] : [mul(slice(x, axis, 0, length), scalar(x.dtype, 0))];
    return [concat([...zeros(start), dy, ...zeros(size - end)], axis)];
  }),
  Gather: single((dy, node) => {
    const [data, indices] = [input(node, 0), input(node, 1)];
    const width = data.shape.slice(1).reduce<number>((product, dim) => product * Number(dim), 1);
    const flatIndices = indices.shape.length === 1 ? indices : reshape(indices, [productDim(indices.shape)]);
    const updates = reshape(dy, [dimAt(flatIndices.shape, 0), width]);
    return [reshape(scatterRows(flatIndices, updates, staticDim(data.shape, 0)), data.shape), null];
  }),
  RmsNormalize: (node, [dy, dInverse], needed) => {
    // t = dy · w;  dx = r · (t − x · r² · mean(t · x)) with r the inverse root mean square.
    if (dy === null || dy === undefined || (dInverse !== null && dInverse !== undefined))
      throw failed('graph-invalid', 'RmsNormalize is differentiated through its first output only.');
    const [x, weight] = [input(node, 0), input(node, 1)];
    const inverse = node.outputs[1] ?? dy;
    const dx = (): Value => {
      const t = mul(dy, weight);
      const mean = reduceMean(mul(t, x), { axes: [-1], keepDims: true });
      return mul(inverse, sub(t, mul(x, mul(mul(inverse, inverse), mean))));
    };
    return [
      needed[0] === true ? dx() : null,
      needed[1] === true ? unbroadcast(mul(dy, mul(x, inverse)), weight) : null,
    ];
  },
  Rotate: single((dy, node) => {
    // The transpose of a rotation turns the other way; what is not rotated passes in both.
    const [positions, cosine, sine] = [input(node, 1), input(node, 2), input(node, 3)];
    return [rotate(dy, positions, cosine, negated(sine), number(node, 'headDim')), null, null, null];
  }),
  GatherElements: single((dy, node) => [scatterLast(input(node, 0), input(node, 1), dy), null]),
  Less: null,
  LessOrEqual: null,
  Greater: null,
  Equal: null,
  And: null,
  Or: null,
  Not: null,
  ReduceMax: null,
  ArgMax: null,
  TopK: null,
  Leading: null,
  ScatterRows: null,
  ScatterLast: null,
  AddRmsNormalize: null,
  Dequantize: null,
};
