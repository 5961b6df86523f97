import { badInput } from '../../failure.ts';
import { writeAtomically } from '../../files/atomic-file.ts';
import { bytesPerElement, elementCount, safetensorsName, type TensorDtype } from '../../numbers/tensor-dtype.ts';

/** A tensor to write. `data` is asked once, when its turn comes, so that only one tensor need be in memory. */
export interface TensorToWrite {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Little-endian bytes, row-major, in pieces of any size that together are shape x dtype long. */
  readonly data: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Writes a safetensors file beside `path` and renames it into place after fsync, so a reader never sees
 * half of it. `metadata` gets `format: "pt"`, which transformers asks for. Tensors lie in the reference
 * implementation's order: wider dtypes first, then by name. Returns the bytes of tensor data. Throws
 * `disk-full`, `folder-not-writable`, `safetensors-duplicate-key` or `tensor-data-length`.
 */
export async function writeSafetensors(
  path: string,
  metadata: { readonly [key: string]: string },
  tensors: readonly TensorToWrite[],
): Promise<number> {
  const ordered = tensors.toSorted(
    (left, right) => bytesPerElement[right.dtype] - bytesPerElement[left.dtype] || compareNames(left.name, right.name),
  );
  const header = encodeHeader(path, { format: 'pt', ...metadata }, ordered);
  await writeAtomically(path, pieces(path, header, ordered));
  return ordered.reduce((sum, tensor) => sum + lengthBytes(tensor), 0);
}

/** The bytes a tensor takes in a file. */
export function lengthBytes(tensor: Pick<TensorToWrite, 'dtype' | 'shape'>): number {
  return elementCount(tensor.shape) * bytesPerElement[tensor.dtype];
}

async function* pieces(
  path: string,
  header: Uint8Array,
  tensors: readonly TensorToWrite[],
): AsyncGenerator<Uint8Array> {
  yield header;
  for (const tensor of tensors) yield* tensorBytes(path, tensor);
}

/**
 * A tensor's bytes as they come. Throws `tensor-data-length` after the last where they are not as many as its shape
 * says.
 */
export async function* tensorBytes(path: string, tensor: TensorToWrite): AsyncGenerator<Uint8Array> {
  let written = 0;
  for await (const piece of tensor.data()) {
    written += piece.length;
    yield piece;
  }
  const expected = lengthBytes(tensor);
  if (written !== expected) {
    throw badInput(
      'tensor-data-length',
      `${path}: tensor "${tensor.name}" of shape [${tensor.shape.join(', ')}] in ${tensor.dtype} needs ` +
        `${expected} bytes, but ${written} were given. Nothing was written.`,
      { path, tensor: tensor.name, expected, written },
    );
  }
}

/** A tensor's bytes in one piece, for what has to move them about. */
export async function wholeTensor({ data }: Pick<TensorToWrite, 'data'>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  // A piece is only valid until the next is asked for; the slice of a Buffer would be no copy.
  for await (const piece of data()) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

/** Length, JSON, and spaces up to a multiple of 8 so that the data is aligned. */
function encodeHeader(
  path: string,
  metadata: { readonly [key: string]: string },
  tensors: readonly TensorToWrite[],
): Uint8Array {
  const fields = new Map<string, unknown>([['__metadata__', metadata]]);
  let begin = 0;
  for (const tensor of tensors) {
    if (fields.has(tensor.name))
      throw badInput(
        'safetensors-duplicate-key',
        `${path}: tensor "${tensor.name}" is given twice. Give each name once.`,
        { path, key: tensor.name },
      );
    const end = begin + lengthBytes(tensor);
    fields.set(tensor.name, { dtype: safetensorsName(tensor.dtype), shape: tensor.shape, data_offsets: [begin, end] });
    begin = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  const padded = Math.ceil(json.length / 8) * 8;
  const header = Buffer.alloc(8 + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded), 0);
  json.copy(header, 8);
  return header;
}

function compareNames(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
