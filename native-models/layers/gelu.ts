import { add, mul, sigmoid } from '../graph/elementwise.ts';
import { type Value, scalar } from '../graph/value.ts';

/** The tanh approximation of GELU: `x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`, with `(1 + tanh u)/2 = σ(2u)`. */
export function geluTanh(x: Value): Value {
  const number = (value: number): Value => scalar(x.dtype, value);
  const inner = mul(add(x, mul(mul(mul(x, x), x), number(0.044715))), number(2 * Math.sqrt(2 / Math.PI)));
  return mul(x, sigmoid(inner));
}
