import type { FloatDtype } from '../../../numbers/tensor-dtype.ts';

/** Types that exported weights may have. */
export type StoredFloat = Exclude<FloatDtype, 'float64'>;

const formats = {
  bfloat16: { fractionBits: 7, leastExponent: -126, largest: 2 ** 127 * (2 - 2 ** -7) },
  float16: { fractionBits: 10, leastExponent: -14, largest: 65_504 },
} as const;

const exponentView = new DataView(new ArrayBuffer(8));

/** Floor of the binary logarithm of a positive number. */
function exponentOf(value: number): number {
  exponentView.setFloat64(0, value);
  return ((exponentView.getUint16(0) >>> 4) & 0x7ff) - 1023;
}

/**
 * The number of a type nearest to `value`, ties to even, by way of float32, in which weights are merged. Found by
 * arithmetic on multiples of the last place, not on bits as the writer does, so that one mistake is not made twice.
 */
export function nearestFloat(value: number, dtype: StoredFloat): number {
  const single = Math.fround(value);
  if (dtype === 'float32' || single === 0 || !Number.isFinite(single)) return single;
  const { fractionBits, leastExponent, largest } = formats[dtype];
  const lastPlace = 2 ** (Math.max(exponentOf(Math.abs(single)), leastExponent) - fractionBits);
  const places = single / lastPlace;
  const below = Math.floor(places);
  const above = places - below;
  const nearest = (above > 0.5 || (above === 0.5 && below % 2 !== 0) ? below + 1 : below) * lastPlace;
  return Math.abs(nearest) > largest ? Math.sign(nearest) * Number.POSITIVE_INFINITY : nearest;
}
