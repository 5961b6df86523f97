import { assert, float, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFloats, decodeFloats64, encodeFloats } from './float-encoding.ts';

const words = (bytes: Uint8Array): number[] => [
  ...new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2),
];

describe('float16 and bfloat16', () => {
  it('round to nearest, ties to even, with IEEE 754 ends', () => {
    const values = Float32Array.of(
      1,
      -2,
      0,
      -0,
      65504,
      65519.99,
      65520,
      1e-8,
      2 ** -24,
      2 ** -25,
      2 ** -25 * 1.0001,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      2 ** -14,
      NaN,
      -Infinity,
    );
    expect(words(encodeFloats(values, 'float16'))).toEqual([
      0x3c00, 0xc000, 0, 0x8000, 0x7bff, 0x7bff, 0x7c00, 0, 1, 0, 1, 0x3c00, 0x3c02, 0x0400, 0x7e00, 0xfc00,
    ]);
    const brain = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, NaN, Infinity, 3.4028235e38);
    expect(words(encodeFloats(brain, 'bfloat16'))).toEqual([0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x7fc0, 0x7f80, 0x7f80]);
  });

  it.each(['float16', 'bfloat16'] as const)('%s keeps all of its 65,536 values', (dtype) => {
    const all = Uint16Array.from({ length: 65_536 }, (_, word) => word);
    const decoded = decodeFloats(new Uint8Array(all.buffer), dtype);
    const changed = words(encodeFloats(decoded, dtype)).filter(
      (word, index) => word !== index && !Number.isNaN(decoded[index]),
    );
    expect(changed).toEqual([]);
  });

  it.each([
    ['float16', 2 ** -11, 2 ** -25],
    ['bfloat16', 2 ** -8, 0],
  ] as const)('%s stays within half a step', (dtype, relative, absolute) => {
    assert(
      property(float({ min: -60_000, max: 60_000, noNaN: true, minExcluded: false }), (value) => {
        const [rounded = NaN] = decodeFloats64(encodeFloats(Float32Array.of(value), dtype), dtype);
        return Math.abs(rounded - value) <= Math.max(Math.abs(value) * relative, absolute, 2 ** -134);
      }),
    );
  });
});

it('reads at any address and keeps float64 exact where asked', () => {
  const bytes = new Uint8Array(17);
  bytes.set(new Uint8Array(Float64Array.of(0.1, 2).buffer), 1);
  expect([...decodeFloats64(bytes.subarray(1), 'float64')]).toEqual([0.1, 2]);
  expect([...decodeFloats(bytes.subarray(1), 'float64')]).toEqual([Math.fround(0.1), 2]);
  expect([...decodeFloats(encodeFloats(Float32Array.of(0.5, 3), 'float32'), 'float32')]).toEqual([0.5, 3]);
});
