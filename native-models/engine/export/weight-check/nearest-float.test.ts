import { describe, expect, it } from 'vitest';
import { decodeFloats, encodeFloats } from '../../../numbers/float-encoding.ts';
import { nearestFloat } from './nearest-float.ts';

describe.each(['bfloat16', 'float16'] as const)('the nearest %s', (dtype) => {
  const all = Array.from(
    decodeFloats(new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, word) => word).buffer), dtype),
  );

  it('of each of its numbers is the number itself', () => {
    expect(all.filter((value) => nearestFloat(value, dtype) !== value && !Number.isNaN(value))).toEqual([]);
    expect(nearestFloat(Number.NaN, dtype)).toBeNaN();
  });

  it('of what lies between two of them, or a little beside the middle, is what the writer rounds to', () => {
    const finite = all.filter((value) => Number.isFinite(value)).toSorted((a, b) => a - b);
    const between = finite.slice(0, -1).flatMap((value, index) => {
      const middle = Math.fround((value + (finite[index + 1] ?? value)) / 2);
      return [middle, Math.fround(middle * (1 + 2 ** -22)), Math.fround(middle * (1 - 2 ** -22))];
    });
    const rounded = decodeFloats(encodeFloats(Float32Array.from(between), dtype), dtype);
    const wrong = between.filter((value, index) => nearestFloat(value, dtype) !== (rounded[index] ?? Number.NaN));
    expect(wrong).toEqual([]);
  });
});

it('is infinite beyond the largest float16', () => {
  expect([65_519, 65_520, -1e6].map((value) => nearestFloat(value, 'float16'))).toEqual([
    65_504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
});
