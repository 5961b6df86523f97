import type { Tensor as RuntimeTensor } from 'onnxruntime-node';
import { failed } from '../failure.ts';
import { Tensor } from './onnx-runtime.ts';

/** A tensor at the session's boundary, row-major. Half precision never crosses it: cast inside the graph. */
export type SessionTensor =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'float64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'uint8' | 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** Tensors by the names of inputs or outputs. */
export interface SessionTensors {
  readonly [name: string]: SessionTensor;
}

/** The runtime's view of the same memory. Throws a `RangeError` where shape and data disagree. */
export function toRuntime(tensor: SessionTensor): RuntimeTensor {
  switch (tensor.dtype) {
    case 'float32':
      return new Tensor('float32', tensor.data, tensor.shape);
    case 'float64':
      return new Tensor('float64', tensor.data, tensor.shape);
    case 'int64':
      return new Tensor('int64', tensor.data, tensor.shape);
    case 'int32':
      return new Tensor('int32', tensor.data, tensor.shape);
    case 'uint8':
      return new Tensor('uint8', tensor.data, tensor.shape);
    case 'bool':
      return new Tensor('bool', tensor.data, tensor.shape);
  }
}

/** A tensor that the runtime made, without a copy. */
export function fromRuntime(name: string, { type, dims, data }: RuntimeTensor): SessionTensor {
  const shape = [...dims];
  if (type === 'float32' && data instanceof Float32Array) return { dtype: type, shape, data };
  if (type === 'float64' && data instanceof Float64Array) return { dtype: type, shape, data };
  if (type === 'int64' && data instanceof BigInt64Array) return { dtype: type, shape, data };
  if (type === 'int32' && data instanceof Int32Array) return { dtype: type, shape, data };
  if ((type === 'uint8' || type === 'bool') && data instanceof Uint8Array) return { dtype: type, shape, data };
  throw failed(
    'session-output-type',
    `Output ${name} is ${type}, which does not cross the session's boundary; cast it inside the graph.`,
    { output: name, dtype: type },
  );
}
