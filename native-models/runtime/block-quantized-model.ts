import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredWeight } from '../architectures/weights.ts';
import { fromInt4Blocks, int4BlockSize, toInt4Blocks } from '../formats/int4-blocks.ts';
import { type ModelFolder, hashModelFolder } from '../formats/model-folder.ts';
import type { TensorEntry } from '../formats/safetensors/header.ts';
import { readSafetensorsHeader, readTensor, streamTensor } from '../formats/safetensors/read.ts';
import { type TensorToWrite, writeSafetensors } from '../formats/safetensors/write.ts';
import { type StoredModel, storedModel } from './stored-model.ts';

/** Part of the cache's name: changes when equal models would give other bytes. */
const formatVersion = 1;
const scalesSuffix = '.scales';

/** The linear layers of the blocks; embedding, head, norms and biases stay as they are stored. */
function isQuantized(name: string, shape: readonly number[]): boolean {
  return name.startsWith('model.layers.') && shape.length === 2 && (shape[1] ?? 0) % int4BlockSize === 0;
}

/**
 * The int4 form of a model: made once from its weights, kept in `cacheFolder` under a hash of the model, and mapped from
 * there like any other weights. Equal models give equal bytes; 4.5 bits a quantised weight. Reads one tensor at a time.
 */
export async function blockQuantizedModel(folder: ModelFolder, cacheFolder: string): Promise<StoredModel & { readonly file: string }> {
  const hash = createHash('sha256').update(JSON.stringify([formatVersion, int4BlockSize, await hashModelFolder(folder.dir)])).digest('hex');
  const file = join(cacheFolder, `int4-${hash.slice(0, 32)}.safetensors`);
  await mkdir(cacheFolder, { recursive: true });
  if (!existsSync(file)) await writeSafetensors(file, {}, [...folder.tensors].flatMap(([name, entry]) => quantizedTensors(name, entry)));
  const entries = new Map((await readSafetensorsHeader(file)).tensors.map((entry) => [entry.name, entry]));
  const { externalDataFolder, stored } = storedModel({ tensors: entries });
  const weights = [...folder.tensors].flatMap(([name, { shape }]): [string, StoredWeight][] => {
    const [weight, scales] = [stored.get(name), stored.get(`${name}${scalesSuffix}`)];
    if (weight === undefined) return [];
    return [[name, scales === undefined ? weight : { ...weight, dtype: 'int4', shape, scales }]];
  });
  return { file, externalDataFolder, stored: new Map(weights) };
}

function quantizedTensors(name: string, entry: TensorEntry): readonly TensorToWrite[] {
  const { dtype, shape } = entry;
  if (!isQuantized(name, shape)) return [{ name, dtype, shape, data: () => streamTensor(entry) }];
  const [rows = 0, columns = 0] = shape;
  const blocks = async (): Promise<ReturnType<typeof toInt4Blocks>> => toInt4Blocks(await readTensor(entry));
  return [
    { name, dtype: 'uint8', shape: [rows, columns / 2], data: async function* () { yield (await blocks()).packed; } },
    { name: `${name}${scalesSuffix}`, dtype: 'float16', shape: [rows, columns / int4BlockSize], data: async function* () { yield (await blocks()).scales; } },
  ];
}

/** The numbers a weight stands for after rounding to int4 blocks, as the graph computes with them. */
export function roundedToBlocks(name: string, shape: readonly number[], values: Float32Array): Float32Array {
  return isQuantized(name, shape) ? fromInt4Blocks(toInt4Blocks(values)) : values;
}
