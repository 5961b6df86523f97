import { join } from 'node:path';
import { writeAtomically } from '../../files/atomic-file.ts';
import { lengthBytes, tensorBytes, type TensorToWrite } from '../safetensors/write.ts';

/** A browser takes no file of 2 GiB or more whole. A single longer tensor gets a longer file of its own. */
const mostFileBytes = 2_000_000_000;

/**
 * The page size that ONNX asks offsets to be multiples of, so that files can be mapped (onnx.proto, `external_data`).
 */
const pageBytes = 4096;

/** Where the bytes of a tensor lie beside an ONNX file. */
export interface ExternalTensor {
  readonly tensor: TensorToWrite;
  /** Name of the file. */
  readonly location: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Lays tensors one after the other into `NAME_data`, `NAME_data_1`, ...: the names under which Optimum writes and
 * transformers.js looks for them.
 */
export function layoutExternalData(
  name: string,
  tensors: readonly TensorToWrite[],
  fileBytes = mostFileBytes,
): readonly ExternalTensor[] {
  let [file, end] = [0, 0];
  return tensors.map((tensor) => {
    const length = lengthBytes(tensor);
    const start = Math.ceil(end / pageBytes) * pageBytes;
    const opensFile = start > 0 && start + length > fileBytes;
    if (opensFile) file += 1;
    const offsetBytes = opensFile ? 0 : start;
    end = offsetBytes + length;
    return { tensor, location: `${name}_data${file === 0 ? '' : `_${file}`}`, offsetBytes, lengthBytes: length };
  });
}

/**
 * Writes the files of a layout into `folder` and gives their names. Throws `disk-full`, `folder-not-writable` or
 * `tensor-data-length`.
 */
export async function writeExternalData(folder: string, laid: readonly ExternalTensor[]): Promise<readonly string[]> {
  const files = Map.groupBy(laid, ({ location }) => location);
  for (const [location, members] of files)
    await writeAtomically(join(folder, location), pieces(join(folder, location), members));
  return [...files.keys()];
}

async function* pieces(path: string, members: readonly ExternalTensor[]): AsyncGenerator<Uint8Array> {
  let end = 0;
  for (const { tensor, offsetBytes, lengthBytes: length } of members) {
    yield Buffer.alloc(offsetBytes - end);
    yield* tensorBytes(path, tensor);
    end = offsetBytes + length;
  }
}
