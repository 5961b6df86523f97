import { decodeFloats, encodeFloats } from './float-encoding.ts';

/** Numbers that share a scale. With a float16 scale each block takes 4.5 bits a number. */
export const int4BlockSize = 32;

export interface Int4Blocks {
  /** Two numbers a byte, the earlier one in the low half: ONNX's order for int4. */
  readonly packed: Uint8Array;
  /** float16, one for each block. */
  readonly scales: Uint8Array;
}

/**
 * Rounds numbers to int4 blocks, symmetric around zero: the number of the largest magnitude becomes -8, so all sixteen
 * levels are used (the scheme of GGUF's Q4_0). Their count must be a multiple of the block size. Equal numbers give
 * equal bytes.
 */
export function toInt4Blocks(values: Float32Array): Int4Blocks {
  const blocks = values.length / int4BlockSize;
  const exact = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    let extreme = 0;
    for (let index = block * int4BlockSize; index < (block + 1) * int4BlockSize; index++) {
      const value = values[index] ?? 0;
      if (Math.abs(value) > Math.abs(extreme)) extreme = value;
    }
    exact[block] = extreme / -8;
  }
  const scales = encodeFloats(exact, 'float16');
  const rounded = decodeFloats(scales, 'float16');
  const packed = new Uint8Array(values.length / 2);
  for (let index = 0; index < values.length; index++) {
    const scale = rounded[Math.floor(index / int4BlockSize)] ?? 0;
    const level = scale === 0 ? 0 : Math.max(-8, Math.min(7, Math.round((values[index] ?? 0) / scale)));
    packed[index >> 1] = (packed[index >> 1] ?? 0) | ((level & 15) << (4 * (index & 1)));
  }
  return { packed, scales };
}

/** The numbers that int4 blocks stand for. */
export function fromInt4Blocks({ packed, scales }: Int4Blocks): Float32Array {
  const factors = decodeFloats(scales, 'float16');
  return Float32Array.from({ length: 2 * packed.length }, (_, index) => {
    const half = ((packed[index >> 1] ?? 0) >> (4 * (index & 1))) & 15;
    return (half < 8 ? half : half - 16) * (factors[Math.floor(index / int4BlockSize)] ?? 0);
  });
}
