import type { OpName } from './ops.ts';
import { type DType, type Value, makeSingle } from './value.ts';
import { broadcastShapes, requireSameDType } from './shape.ts';

function unary(op: OpName, x: Value): Value {
  return makeSingle(op, [x], x.dtype, x.shape);
}

function binary(op: OpName, a: Value, b: Value, dtype: DType = a.dtype): Value {
  requireSameDType(op, a, b);
  return makeSingle(op, [a, b], dtype, broadcastShapes(a.shape, b.shape));
}

/** Elementwise operations with NumPy broadcasting; operands must have the same element type. */
export const add = (a: Value, b: Value): Value => binary('Add', a, b);
export const sub = (a: Value, b: Value): Value => binary('Sub', a, b);
export const mul = (a: Value, b: Value): Value => binary('Mul', a, b);
export const div = (a: Value, b: Value): Value => binary('Div', a, b);
export const maximum = (a: Value, b: Value): Value => binary('Max', a, b);
export const minimum = (a: Value, b: Value): Value => binary('Min', a, b);

export const neg = (x: Value): Value => unary('Neg', x);
export const exp = (x: Value): Value => unary('Exp', x);
export const log = (x: Value): Value => unary('Log', x);
export const sqrt = (x: Value): Value => unary('Sqrt', x);
export const reciprocal = (x: Value): Value => unary('Reciprocal', x);
export const sigmoid = (x: Value): Value => unary('Sigmoid', x);
export const abs = (x: Value): Value => unary('Abs', x);

/** Comparisons give `bool` and carry no gradient. */
export const less = (a: Value, b: Value): Value => binary('Less', a, b, 'bool');
export const lessOrEqual = (a: Value, b: Value): Value => binary('LessOrEqual', a, b, 'bool');
export const greater = (a: Value, b: Value): Value => binary('Greater', a, b, 'bool');
export const equal = (a: Value, b: Value): Value => binary('Equal', a, b, 'bool');
export const and = (a: Value, b: Value): Value => binary('And', a, b);
export const or = (a: Value, b: Value): Value => binary('Or', a, b);
export const not = (x: Value): Value => unary('Not', x);

/** `condition ? a : b`, elementwise. */
export function where(condition: Value, a: Value, b: Value): Value {
  requireSameDType('Where', a, b);
  return makeSingle(
    'Where',
    [condition, a, b],
    a.dtype,
    broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape)),
  );
}

/** The same numbers as another element type; the value itself when it already has it. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : makeSingle('Cast', [x], dtype, x.shape);
}
