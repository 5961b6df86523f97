import { open, realpath, type FileHandle } from 'node:fs/promises';
import { badInput } from '../../failure.ts';
import { statPlainFile } from '../../files/plain-file.ts';
import { bytesPerElement, elementCount } from '../../numbers/tensor-dtype.ts';
import { requireNoLfsPointer } from '../lfs-pointer.ts';
import type { TensorEntry } from '../safetensors/header.ts';
import type { Pickled } from './pickled.ts';
import { isTensor, PickleRefused } from './rebuild.ts';
import { unpickle } from './unpickle.ts';
import { type ZipEntry, zipEntries } from './zip-entries.ts';

/** A state dict's pickle holds names and shapes alone. */
const mostPickleBytes = 32 * 1024 * 1024;
/** Of what a file asks for, in a message. */
const mostCharacters = 200;

/**
 * The tensors of a file that `torch.save` wrote of a state dict (PyTorch 1.6 and later), where they lie in it. Reads
 * names and places only and runs nothing: a pickle that asks for more is refused. Throws `file-not-found` and its
 * kind, `weights-are-lfs-pointer`, `pytorch-file-old` for the form of before 1.6, and `pytorch-file-refused` with what
 * the file asks for.
 */
export async function readStateDict(path: string): Promise<readonly TensorEntry[]> {
  const { size } = await statPlainFile(path);
  const file = await realpath(path);
  const handle = await open(file, 'r');
  try {
    return await tensorsIn(handle, file, size);
  } catch (error) {
    if (!(error instanceof PickleRefused)) throw error;
    const { message } = error;
    const what = message.length > mostCharacters ? `${message.slice(0, mostCharacters)} …` : message;
    throw badInput(
      'pytorch-file-refused',
      `${path} is not read: it holds ${what}. A file of weights holds names and numbers only. Get it again from ` +
        "where it came from, or the model's release in safetensors.",
      { file: path, found: what },
      { cause: error },
    );
  } finally {
    await handle.close();
  }
}

async function tensorsIn(handle: FileHandle, path: string, fileBytes: number): Promise<readonly TensorEntry[]> {
  const start = Buffer.alloc(Math.min(24, fileBytes));
  await handle.read(start, 0, start.length, 0);
  requireNoLfsPointer(start, path);
  if (start[0] === 0x80)
    throw badInput(
      'pytorch-file-old',
      `${path} is written as PyTorch before 1.6 did, which is not read here. With Python, load it once and save it ` +
        'in safetensors (`model.save_pretrained(DIR)`), or get a release in safetensors.',
      { file: path },
    );
  if (start.toString('latin1', 0, 2) !== 'PK') throw new PickleRefused('no archive of PyTorch');
  const entries = await zipEntries(path);
  const name = [...entries.keys()].find((entry) => entry === 'data.pkl' || entry.endsWith('/data.pkl'));
  const pickle = name === undefined ? undefined : entries.get(name);
  if (name === undefined || pickle === undefined) throw new PickleRefused('no data.pkl');
  const folder = name.slice(0, -'data.pkl'.length);
  await requireLittleEndian(handle, entries.get(`${folder}byteorder`));
  const value = unpickle(await bytesOf(handle, pickle));
  return Array.from(namedTensors(value), ([tensorName, tensor]): TensorEntry => {
    const { dtype, key, count } = tensor.storage;
    const stored = entries.get(`${folder}data/${key}`);
    const width = bytesPerElement[dtype];
    if (stored?.lengthBytes !== count * width)
      throw new PickleRefused(`a storage "${key}" that is not ${count * width} bytes long`);
    if (stored.offsetBytes % width !== 0) throw new PickleRefused(`a storage "${key}" that is not aligned`);
    return {
      name: tensorName,
      dtype,
      shape: tensor.shape,
      file: path,
      offsetBytes: stored.offsetBytes + tensor.first * width,
      lengthBytes: elementCount(tensor.shape) * width,
    };
  });
}

function* namedTensors(value: Pickled) {
  if (typeof value !== 'object' || value?.kind !== 'dict')
    throw new PickleRefused('something else than a dict of tensors');
  for (const [name, tensor] of value.items) {
    if (typeof name !== 'string' || !isTensor(tensor))
      throw new PickleRefused(`"${typeof name === 'string' ? name : 'a key that is no text'}", which is no tensor`);
    yield [name, tensor] as const;
  }
}

async function requireLittleEndian(handle: FileHandle, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined) return;
  const order = (await bytesOf(handle, entry)).toString('latin1');
  if (order !== 'little') throw new PickleRefused(`numbers in the byte order "${order.slice(0, 20)}"`);
}

async function bytesOf(handle: FileHandle, { offsetBytes, lengthBytes }: ZipEntry): Promise<Buffer> {
  if (lengthBytes > mostPickleBytes) throw new PickleRefused(`a data.pkl of ${lengthBytes} bytes`);
  const bytes = Buffer.alloc(lengthBytes);
  await handle.read(bytes, 0, lengthBytes, offsetBytes);
  return bytes;
}
