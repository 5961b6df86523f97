import { failed } from '../failure.ts';
import { add, mul, sigmoid, sub } from '../graph/elementwise.ts';
import { type Value, makeRegion, scalar } from '../graph/value.ts';

const slope = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/**
 * The tanh approximation of GELU: `x · σ(v)` with `v = 2√(2/π) · (x + 0.044715 x³)`, as `(1 + tanh u)/2 = σ(2u)`. Its
 * gradient is made from `x` alone, so that nothing between is kept for it.
 */
export function geluTanh(x: Value): Value {
  const number = (value: number): Value => scalar(x.dtype, value);
  const gate = (): Value => sigmoid(mul(mul(x, add(mul(mul(x, x), number(cubic)), number(1))), number(slope)));
  const [output] = makeRegion({
    name: 'gelu',
    inputs: [x],
    inner: [mul(x, gate())],
    gradient: ([upstream]) => {
      if (upstream === null || upstream === undefined) return [null];
      const open = gate();
      const steepness = mul(add(mul(mul(x, x), number(3 * cubic)), number(1)), number(slope));
      const closing = mul(mul(open, sub(number(1), open)), steepness);
      return [mul(upstream, add(open, mul(x, closing)))];
    },
  });
  if (output === undefined) throw failed('graph-invalid', 'GELU was made without an output.');
  return output;
}
