import { open, type FileHandle } from 'node:fs/promises';
import { badInput, type Failure } from '../../failure.ts';
import { fileFailure, statPlainFile } from '../../files/plain-file.ts';
import type { TensorEntry } from '../safetensors/header.ts';
import { lengthBytes } from '../safetensors/write.ts';
import { GgufCursor } from './cursor.ts';
import {
  aligned,
  ggufMagic,
  ggufVersion,
  type GgufDtype,
  type GgufMetadata,
  type GgufValue,
  tensorTypeCode,
} from './value.ts';

export interface GgufFile {
  readonly metadata: GgufMetadata;
  /** Under the file's names, with row-major shapes. */
  readonly tensors: readonly TensorEntry[];
}

/** Headers with large vocabularies are a few megabytes; more is read only where this is too little. */
const firstReadBytes = 1 << 20;

/**
 * Reads the metadata and the table of tensors of a GGUF file, version 3; no tensor data enters memory. Knows the value
 * and element types that are written here. Throws `file-not-found`, `file-not-readable` and `gguf-invalid`.
 */
export async function readGguf(file: string): Promise<GgufFile> {
  await statPlainFile(file);
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw fileFailure(file, error);
  });
  try {
    const { size: fileBytes } = await handle.stat();
    for (let bytes = Math.min(fileBytes, firstReadBytes); ; bytes = Math.min(fileBytes, 4 * bytes)) {
      const cursor = new GgufCursor(await readStart(handle, bytes), (reason) => invalid(file, reason));
      const read = parse(cursor, file, fileBytes);
      if (read !== null) return read;
      if (bytes === fileBytes) throw invalid(file, `it ends within its header, at byte ${fileBytes}`);
    }
  } finally {
    await handle.close();
  }
}

async function readStart(handle: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

/** `null` where the header goes on beyond the cursor's bytes. */
function parse(cursor: GgufCursor, file: string, fileBytes: number): GgufFile | null {
  try {
    const magic = cursor.bytes(4).toString('latin1');
    if (magic !== ggufMagic) throw invalid(file, `it begins with ${JSON.stringify(magic)}, not with ${ggufMagic}`);
    const version = cursor.uint32();
    if (version !== ggufVersion) throw invalid(file, `its version is ${version}, not ${ggufVersion}`);
    const [tensorCount, valueCount] = [cursor.length(), cursor.length()];
    const metadata = new Map<string, GgufValue>();
    for (let index = 0; index < valueCount; index++) metadata.set(cursor.text(), cursor.value());
    const table = Array.from({ length: tensorCount }, () => tensorOf(cursor, file));
    const dataStart = aligned(cursor.position);
    const tensors = table.map((tensor) => ({ ...tensor, offsetBytes: dataStart + tensor.offsetBytes }));
    const beyond = tensors.find(({ offsetBytes, lengthBytes }) => offsetBytes + lengthBytes > fileBytes);
    if (beyond !== undefined)
      throw invalid(
        file,
        `tensor "${beyond.name}" should end at byte ${beyond.offsetBytes + beyond.lengthBytes}, but the ` +
          `file has ${fileBytes}`,
      );
    return { metadata, tensors };
  } catch (error) {
    if (cursor.ranOut) return null;
    throw error;
  }
}

/** One row of the table of tensors; its offset is from where the data begins. */
function tensorOf(cursor: GgufCursor, file: string): TensorEntry {
  const name = cursor.text();
  const axes = cursor.uint32();
  if (axes > 4) throw invalid(file, `tensor "${name}" has ${axes} axes; at most 4 are allowed`);
  const shape = Array.from({ length: axes }, () => cursor.count()).toReversed();
  const code = cursor.uint32();
  const dtype = dtypeOf(code);
  if (dtype === null)
    throw invalid(file, `tensor "${name}" has element type ${code}; float32, float16 and bfloat16 are read here`);
  return { name, dtype, shape, file, offsetBytes: cursor.count(), lengthBytes: lengthBytes({ dtype, shape }) };
}

function dtypeOf(code: number): GgufDtype | null {
  for (const dtype of ['float32', 'float16', 'bfloat16'] as const) if (tensorTypeCode[dtype] === code) return dtype;
  return null;
}

function invalid(file: string, reason: string): Failure {
  return badInput('gguf-invalid', `${file} is not a GGUF file that can be read here: ${reason}. Export it again.`, {
    file,
    reason,
  });
}
