import { mul, sigmoid, sub } from '../graph/elementwise.ts';
import { type Value, scalar } from '../graph/value.ts';

/** `cap · tanh(x / cap)`, which never leaves ±cap; `x` itself without a cap. */
export function softCap(x: Value, cap: number | null): Value {
  if (cap === null) return x;
  const number = (value: number): Value => scalar(x.dtype, value);
  // tanh(u) = 2σ(2u) − 1
  return mul(sub(mul(sigmoid(mul(x, number(2 / cap))), number(2)), number(1)), number(cap));
}

/** The derivative of {@link softCap}, from its result: `1 − (capped / cap)²`. */
export function capSlope(capped: Value, cap: number): Value {
  const share = mul(capped, scalar(capped.dtype, 1 / cap));
  return sub(scalar(capped.dtype, 1), mul(share, share));
}
