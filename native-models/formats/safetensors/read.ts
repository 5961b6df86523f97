import { requireNoLfsPointer } from '../lfs-pointer.ts';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { badInput } from '../../failure.ts';
import { decodeFloats, decodeFloats64, encodeFloats } from '../../numbers/float-encoding.ts';
import { fileFailure, statPlainFile } from '../../files/plain-file.ts';
import { bytesPerElement, isFloatDtype, type FloatDtype } from '../../numbers/tensor-dtype.ts';
import { maxHeaderBytes, parseSafetensorsHeader, type SafetensorsHeader, type TensorEntry } from './header.ts';

const chunkBytes = 4 * 1024 * 1024;

/**
 * Reads and checks the header of a safetensors file; no tensor data enters memory. Links are resolved, as the cache of
 * Hugging Face keeps files behind them. Throws `file-not-found`, `file-not-readable`, `weights-are-lfs-pointer`,
 * `safetensors-truncated`, `safetensors-header-too-long` and the codes of {@link parseSafetensorsHeader}.
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await realFile(path);
  return withFile(file, async (handle) => {
    const { size: fileBytes } = await handle.stat();
    const start = await readExactly(handle, file, 0, Math.min(fileBytes, 24));
    requireNoLfsPointer(start, file);
    if (fileBytes < 8)
      throw badInput(
        'safetensors-truncated',
        `${file} has ${fileBytes} bytes, too few for a safetensors header. Download it again.`,
        { file, fileBytes },
      );
    const headerBytes = start.readBigUInt64LE(0);
    if (headerBytes > BigInt(maxHeaderBytes)) {
      throw badInput(
        'safetensors-header-too-long',
        `${file}: the header would be ${headerBytes} bytes; at most ${maxHeaderBytes} are read. It is ` +
          'damaged or no safetensors file: download it again.',
        { file, headerBytes: String(headerBytes) },
      );
    }
    const dataStart = 8 + Number(headerBytes);
    if (dataStart > fileBytes) {
      throw badInput(
        'safetensors-truncated',
        `${file}: the header should end at byte ${dataStart}, but the file has ${fileBytes} bytes. It is ` +
          'cut short: download it again.',
        { file, dataStart, fileBytes },
      );
    }
    return parseSafetensorsHeader(await readExactly(handle, file, 8, dataStart - 8), file, dataStart, fileBytes);
  });
}

/** The bytes of one tensor as stored, in pieces of at most 4 MiB that are valid until the next is asked for. */
export async function* streamTensor(entry: TensorEntry): AsyncGenerator<Uint8Array> {
  const handle = await openFile(entry.file);
  try {
    const buffer = Buffer.alloc(Math.min(chunkBytes, entry.lengthBytes));
    for (let done = 0; done < entry.lengthBytes;) {
      const piece = buffer.subarray(0, Math.min(buffer.length, entry.lengthBytes - done));
      await fill(handle, entry.file, entry.offsetBytes + done, piece);
      done += piece.length;
      yield piece;
    }
  } finally {
    await handle.close();
  }
}

/** {@link streamTensor} in another element type. Throws `tensor-dtype-not-supported` for integers. */
export async function* streamTensorAs(
  entry: TensorEntry,
  dtype: Exclude<FloatDtype, 'float64'>,
): AsyncGenerator<Uint8Array> {
  const stored = floatDtype(entry);
  for await (const piece of streamTensor(entry))
    yield stored === dtype ? piece : encodeFloats(decodeFloats(piece, stored), dtype);
}

/**
 * The values of a float tensor, row-major. float64 is rounded to float32. Throws `tensor-dtype-not-supported` for
 * integers.
 */
export async function readTensor(entry: TensorEntry): Promise<Float32Array> {
  return decodeFloats(await readBytes(entry), floatDtype(entry));
}

/** `count` values of a float tensor from element `first` on. Throws `tensor-dtype-not-supported` for integers. */
export async function readValues(entry: TensorEntry, first: number, count: number): Promise<Float32Array> {
  const size = bytesPerElement[entry.dtype];
  const bytes = await withFile(entry.file, (handle) =>
    readExactly(handle, entry.file, entry.offsetBytes + first * size, count * size),
  );
  return decodeFloats(bytes, floatDtype(entry));
}

/** Like {@link readTensor}, exact for every float dtype. */
export async function readTensor64(entry: TensorEntry): Promise<Float64Array> {
  return decodeFloats64(await readBytes(entry), floatDtype(entry));
}

function floatDtype(entry: TensorEntry): FloatDtype {
  if (isFloatDtype(entry.dtype)) return entry.dtype;
  throw badInput(
    'tensor-dtype-not-supported',
    `${entry.file}: tensor "${entry.name}" has dtype ${entry.dtype}; expected float32, float16, bfloat16 or ` +
      'float64. Convert the file.',
    { file: entry.file, tensor: entry.name, dtype: entry.dtype },
  );
}

async function readBytes(entry: TensorEntry): Promise<Uint8Array> {
  return withFile(entry.file, (handle) => readExactly(handle, entry.file, entry.offsetBytes, entry.lengthBytes));
}

async function withFile<Result>(file: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  const handle = await openFile(file);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

async function readExactly(handle: FileHandle, file: string, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  await fill(handle, file, position, buffer);
  return buffer;
}

async function fill(handle: FileHandle, file: string, position: number, target: Uint8Array): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await handle.read(target, done, Math.min(target.length - done, 1 << 30), position + done);
    if (bytesRead === 0)
      throw badInput(
        'safetensors-truncated',
        `${file} ended at byte ${position + done} while being read. It changed on disk: download it again.`,
        { file, position: position + done },
      );
    done += bytesRead;
  }
}

async function openFile(file: string): Promise<FileHandle> {
  await statPlainFile(file);
  try {
    return await open(file, 'r');
  } catch (error) {
    throw fileFailure(file, error);
  }
}

async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw fileFailure(path, error);
  }
}
