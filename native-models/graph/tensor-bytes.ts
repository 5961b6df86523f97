import { failed } from '../failure.ts';
import { encodeFloats } from '../numbers/float-encoding.ts';
import type { DType } from './value.ts';

/** `TensorProto.DataType` of ONNX. */
export const onnxDType: { readonly [dtype in DType]: number } = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
  int4: 22,
};

/** Bytes of one element. */
export const elementBytes: { readonly [dtype in DType]: number } = {
  float32: 4,
  uint8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  bfloat16: 2,
  int4: 0.5,
};

/** Numbers as the little-endian bytes ONNX keeps in `raw_data`. */
export function tensorBytes(dtype: DType, data: ArrayLike<number>): Uint8Array {
  switch (dtype) {
    case 'float32':
      return new Uint8Array(Float32Array.from(data).buffer);
    case 'float64':
      return new Uint8Array(Float64Array.from(data).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(data).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(Array.from(data, BigInt)).buffer);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(data);
    case 'int4':
      throw failed('graph-invalid', 'An int4 tensor lies in a file; it cannot be a constant of the graph.');
    case 'float16':
    case 'bfloat16':
      return encodeFloats(Float32Array.from(data), dtype);
  }
}
