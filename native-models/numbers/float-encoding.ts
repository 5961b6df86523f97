import type { FloatDtype } from './tensor-dtype.ts';

/** Little-endian float bytes to numbers. float64 is rounded to the nearest float32. */
export function decodeFloats(bytes: Uint8Array, dtype: FloatDtype): Float32Array {
  if (dtype === 'float64') return Float32Array.from(aligned(bytes, 8, Float64Array));
  if (dtype === 'float32') return aligned(bytes, 4, Float32Array).slice();
  const bits = aligned(bytes, 2, Uint16Array);
  return dtype === 'bfloat16' ? fromBfloat16(bits) : fromFloat16(bits);
}

/** Little-endian float bytes to numbers, exact for every float dtype. */
export function decodeFloats64(bytes: Uint8Array, dtype: FloatDtype): Float64Array {
  return dtype === 'float64' ? aligned(bytes, 8, Float64Array).slice() : Float64Array.from(decodeFloats(bytes, dtype));
}

/**
 * Numbers to little-endian bytes, rounded to nearest, ties to even (IEEE 754). Too large for float16 becomes infinity.
 */
export function encodeFloats(values: Float32Array, dtype: Exclude<FloatDtype, 'float64'>): Uint8Array {
  if (dtype === 'float32') return new Uint8Array(values.slice().buffer);
  const bits = dtype === 'bfloat16' ? toBfloat16(values) : toFloat16(values);
  return new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength);
}

/**
 * A typed view of the bytes where their address allows it, else of a copy. Every supported platform is little-endian.
 */
function aligned<View>(
  bytes: Uint8Array,
  elementBytes: number,
  View: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => View,
): View {
  const source = bytes.byteOffset % elementBytes === 0 ? bytes : bytes.slice();
  return new View(source.buffer, source.byteOffset, source.byteLength / elementBytes);
}

function fromBfloat16(bits: Uint16Array): Float32Array {
  const result = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) result[i] = (bits[i] ?? 0) << 16;
  return new Float32Array(result.buffer);
}

function toBfloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < source.length; i++) {
    const word = source[i] ?? 0;
    // Rounding could carry a NaN into infinity, so a NaN keeps its sign and becomes quiet.
    const isNotANumber = (word & 0x7fffffff) > 0x7f800000;
    result[i] = isNotANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return result;
}

/** All 65,536 values: half of a conversion table is cheaper than a branch for each number. */
let float16Values: Float32Array | null = null;

function fromFloat16(bits: Uint16Array): Float32Array {
  float16Values ??= Float32Array.from({ length: 65_536 }, (_, word) => float16Value(word));
  const result = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) result[i] = float16Values[bits[i] ?? 0] ?? 0;
  return result;
}

function float16Value(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >>> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function toFloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  for (let i = 0; i < source.length; i++) result[i] = float16Word(source[i] ?? 0);
  return result;
}

/** Bits of the float16 nearest to the float32 with bits `word`. */
function float16Word(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const half = 1 << (shift - 1);
  const quotient = significand >>> shift;
  const remainder = significand & ((1 << shift) - 1);
  return sign | (quotient + (remainder > half || (remainder === half && (quotient & 1) === 1) ? 1 : 0));
}
