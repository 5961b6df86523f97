import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { StoredWeight } from '../decoder/weights.ts';
import { doesNotFit } from '../failure.ts';
import { freeBytesOf } from '../free-bytes.ts';
import { writeAtomically, writeFailure } from '../files/atomic-file.ts';
import { sha256OfFile } from '../files/file-hash.ts';
import { fromInt4Blocks, int4BlockSize, toInt4Blocks } from '../numbers/int4-blocks.ts';
import { isNotFound } from '../files/json-file.ts';
import { type ModelFolder, hashModelFolder } from '../model-folder/model-folder.ts';
import type { TensorEntry } from '../formats/safetensors/header.ts';
import { readSafetensorsHeader, readTensor, streamTensor } from '../formats/safetensors/read.ts';
import { type TensorToWrite, lengthBytes, writeSafetensors } from '../formats/safetensors/write.ts';
import { isAlive } from '../is-alive.ts';
import { type StoredModel, storedModel } from './stored-model.ts';

/** Part of the cache's name: changes when equal models would give other bytes. */
const formatVersion = 1;
const scalesSuffix = '.scales';

/** Hears how many of a model's tensors were written. */
export type QuantizedProgress = (done: number, total: number) => Promise<void> | void;

/** The linear layers of the blocks; embedding, head, norms and biases stay as they are stored. */
function isQuantized(name: string, shape: readonly number[]): boolean {
  return name.startsWith('model.layers.') && shape.length === 2 && (shape[1] ?? 0) % int4BlockSize === 0;
}

/**
 * The int4 form of a model: made once from its weights, kept in `cacheFolder` under a hash of the model, and mapped
 * from there like any other weights. Equal models give equal bytes; 4.5 bits a quantised weight. Reads one tensor at a
 * time. A file that is not what was written is made again. Throws `does-not-fit-disk`, `disk-full`,
 * `folder-not-writable`.
 */
export async function blockQuantizedModel(
  folder: ModelFolder,
  cacheFolder: string,
  onProgress: QuantizedProgress = () => {},
): Promise<StoredModel & { readonly file: string }> {
  const hash = createHash('sha256')
    .update(JSON.stringify([formatVersion, int4BlockSize, await hashModelFolder(folder.dir)]))
    .digest('hex');
  const file = join(cacheFolder, `int4-${hash.slice(0, 32)}.safetensors`);
  if (!(await isWhole(file))) await make(file, cacheFolder, folder, onProgress);
  const entries = new Map((await readSafetensorsHeader(file)).tensors.map((entry) => [entry.name, entry]));
  const { externalDataFolder, stored } = storedModel({ tensors: entries });
  const weights = [...folder.tensors].flatMap(([name, { shape }]): [string, StoredWeight][] => {
    const [weight, scales] = [stored.get(name), stored.get(`${name}${scalesSuffix}`)];
    if (weight === undefined) return [];
    return [[name, scales === undefined ? weight : { ...weight, dtype: 'int4', shape, scales }]];
  });
  return { file, externalDataFolder, stored: new Map(weights) };
}

/** Bytes that the int4 form of a model takes on disk. */
export function blockQuantizedBytes(folder: Pick<ModelFolder, 'tensors'>): number {
  return [...folder.tensors]
    .flatMap(([name, entry]) => quantizedTensors(name, entry))
    .reduce((sum, tensor) => sum + lengthBytes(tensor), 0);
}

/** Beside the weights, written after them: their sha256. */
function checksumFile(file: string): string {
  return `${file}.sha256`;
}

async function isWhole(file: string): Promise<boolean> {
  try {
    return (await readFile(checksumFile(file), 'utf8')) === (await sha256OfFile(file));
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Under a name of this process first: two engines may begin at once, and one that has the old file mapped keeps it. */
async function make(
  file: string,
  cacheFolder: string,
  folder: ModelFolder,
  onProgress: QuantizedProgress,
): Promise<void> {
  try {
    await mkdir(cacheFolder, { recursive: true });
    await clearLeftovers(file, cacheFolder);
  } catch (error) {
    throw writeFailure(cacheFolder, error);
  }
  requireDisk(cacheFolder, blockQuantizedBytes(folder));
  const own = `${file}.${process.pid}`;
  const tensors = [...folder.tensors].flatMap(([name, entry]) => quantizedTensors(name, entry));
  let done = 0;
  const counted = tensors.map((tensor): TensorToWrite => ({
    ...tensor,
    data: async function* () {
      yield* tensor.data();
      await onProgress(++done, tensors.length);
    },
  }));
  await writeSafetensors(own, {}, counted);
  const sha256 = await sha256OfFile(own);
  await rename(own, file);
  await writeAtomically(checksumFile(file), [Buffer.from(sha256)]);
}

/** Removes what engines that were killed left of this file. */
async function clearLeftovers(file: string, cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const [, pid] = name.startsWith(`${basename(file)}.`) ? (/\.(\d+)(?:\.partial)?$/u.exec(name) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(cacheFolder, name), { force: true });
  }
}

function requireDisk(cacheFolder: string, neededBytes: number): void {
  const freeBytes = freeBytesOf(cacheFolder);
  if (neededBytes <= freeBytes) return;
  throw doesNotFit(
    'does-not-fit-disk',
    `The int4 weights need ${neededBytes} bytes in ${cacheFolder}, but ${freeBytes} are free. Free some ` +
      'space, or choose another precision.',
    { folder: cacheFolder, neededBytes, freeBytes },
  );
}

function quantizedTensors(name: string, entry: TensorEntry): readonly TensorToWrite[] {
  const { dtype, shape } = entry;
  if (!isQuantized(name, shape)) return [{ name, dtype, shape, data: () => streamTensor(entry) }];
  const [rows = 0, columns = 0] = shape;
  const blocks = async (): Promise<ReturnType<typeof toInt4Blocks>> => toInt4Blocks(await readTensor(entry));
  return [
    {
      name,
      dtype: 'uint8',
      shape: [rows, columns / 2],
      data: async function* () {
        yield (await blocks()).packed;
      },
    },
    {
      name: `${name}${scalesSuffix}`,
      dtype: 'float16',
      shape: [rows, columns / int4BlockSize],
      data: async function* () {
        yield (await blocks()).scales;
      },
    },
  ];
}

/** The numbers a weight stands for after rounding to int4 blocks, as the graph computes with them. */
export function roundedToBlocks(name: string, shape: readonly number[], values: Float32Array): Float32Array {
  return isQuantized(name, shape) ? fromInt4Blocks(toInt4Blocks(values)) : values;
}
