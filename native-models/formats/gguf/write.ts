import { writeAtomically } from '../../files/atomic-file.ts';
import { lengthBytes, tensorBytes, type TensorToWrite } from '../safetensors/write.ts';
import {
  aligned,
  arrayTypeCode,
  type GgufDtype,
  type GgufMetadata,
  type GgufValue,
  ggufMagic,
  ggufVersion,
  tensorTypeCode,
  valueTypeCode,
} from './value.ts';

/** A tensor under llama.cpp's name; its shape is row-major, the file has the axes the other way round. */
export interface GgufTensor extends TensorToWrite {
  readonly dtype: GgufDtype;
}

/**
 * Writes a GGUF file, version 3, little-endian, atomically; tensor data is streamed. Follows the specification in
 * ggml's docs/gguf.md. Throws `disk-full`, `folder-not-writable` and, for data of another length than its shape says,
 * `tensor-data-length`.
 */
export async function writeGguf(path: string, metadata: GgufMetadata, tensors: readonly GgufTensor[]): Promise<void> {
  await writeAtomically(path, pieces(path, metadata, tensors));
}

async function* pieces(
  path: string,
  metadata: GgufMetadata,
  tensors: readonly GgufTensor[],
): AsyncGenerator<Uint8Array> {
  const header = encodeHeader(metadata, tensors);
  yield header;
  yield new Uint8Array(aligned(header.length) - header.length);
  for (const tensor of tensors) {
    yield* tensorBytes(path, tensor);
    yield new Uint8Array(aligned(lengthBytes(tensor)) - lengthBytes(tensor));
  }
}

function encodeHeader(metadata: GgufMetadata, tensors: readonly GgufTensor[]): Uint8Array {
  const parts: Uint8Array[] = [
    Buffer.from(ggufMagic),
    uint32(ggufVersion),
    uint64(tensors.length),
    uint64(metadata.size),
  ];
  for (const [key, value] of metadata) {
    parts.push(text(key));
    for (const part of encodeValue(value)) parts.push(part);
  }
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), uint32(tensor.shape.length));
    for (const axis of tensor.shape.toReversed()) parts.push(uint64(axis));
    parts.push(uint32(tensorTypeCode[tensor.dtype]), uint64(offset));
    offset += aligned(lengthBytes(tensor));
  }
  return Buffer.concat(parts);
}

function encodeValue(entry: GgufValue): readonly Uint8Array[] {
  switch (entry.type) {
    case 'string':
      return [uint32(valueTypeCode.string), text(entry.value)];
    case 'bool':
      return [uint32(valueTypeCode.bool), Uint8Array.of(Number(entry.value))];
    case 'uint32':
    case 'int32':
    case 'float32':
      return [uint32(valueTypeCode[entry.type]), numbers(entry.type, [entry.value])];
    case 'string[]':
      return [...arrayHead(valueTypeCode.string, entry.value.length), ...entry.value.map(text)];
    case 'uint32[]':
      return [...arrayHead(valueTypeCode.uint32, entry.value.length), numbers('uint32', entry.value)];
    case 'int32[]':
      return [...arrayHead(valueTypeCode.int32, entry.value.length), numbers('int32', entry.value)];
    case 'float32[]':
      return [...arrayHead(valueTypeCode.float32, entry.value.length), numbers('float32', entry.value)];
  }
}

function arrayHead(elementType: number, length: number): readonly Uint8Array[] {
  return [uint32(arrayTypeCode), uint32(elementType), uint64(length)];
}

const arrays = { uint32: Uint32Array, int32: Int32Array, float32: Float32Array } as const;

/** Every supported platform is little-endian, as the file is. */
function numbers(type: keyof typeof arrays, values: readonly number[]): Uint8Array {
  return new Uint8Array(arrays[type].from(values).buffer);
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Uint8Array {
  return numbers('uint32', [value]);
}

function uint64(value: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
}
