import { join } from 'node:path';
import { readJob } from '../../../protocol/run-folder/job.ts';
import type { TensorEntry } from '../../../formats/safetensors/header.ts';
import { readSafetensorsHeader, readTensor, readValues } from '../../../formats/safetensors/read.ts';
import { rowLength } from './exported-tensors.ts';
import { runFolderOf, weightsFile } from '../../../protocol/run-folder/checkpoint.ts';

/** Rows of a trained tensor, in float64. */
export interface TrainedRows {
  readonly values: ArrayLike<number>;
  /** The size of the terms a value is the sum of: how many of its last digits depend on the order of the additions. */
  readonly magnitude: (index: number) => number;
}

/** Gives rows of a tensor as training left it. */
export type TrainedTensor = (first: number, count: number) => Promise<TrainedRows>;

interface Adapter {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

const adapterName = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/;

/**
 * What a checkpoint makes of the start model's tensors: its own numbers, or `W + alpha / rank · B · A`. Read from the
 * files by name and put together here, not by the code that merges for an export.
 */
export async function trainedTensors(
  start: ReadonlyMap<string, TensorEntry>,
  checkpoint: string | null,
): Promise<ReadonlyMap<string, TrainedTensor>> {
  const plain = new Map(Array.from(start, ([name, entry]): [string, TrainedTensor] => [name, storedRows(entry)]));
  if (checkpoint === null) return plain;
  const { lora } = (await readJob(runFolderOf(checkpoint))).settings;
  const { tensors } = await readSafetensorsHeader(join(checkpoint, weightsFile(lora !== null)));
  if (lora === null) return new Map([...plain, ...tensors.map((entry) => [entry.name, storedRows(entry)] as const)]);
  const adapters = new Map<string, Partial<Adapter>>();
  for (const entry of tensors) {
    const [, module = entry.name, side] = adapterName.exec(entry.name) ?? [];
    const values = await readTensor(entry);
    adapters.set(`${module}.weight`, {
      ...adapters.get(`${module}.weight`),
      ...(side === 'A' ? { a: values } : { b: values }),
    });
  }
  for (const [name, { a, b }] of adapters) {
    const entry = start.get(name);
    if (entry === undefined || a === undefined || b === undefined)
      throw new RangeError(`the checkpoint's adapter of ${name} fits no tensor of the start model`);
    plain.set(name, adaptedRows(entry, { a, b }, lora.alpha / lora.rank));
  }
  return plain;
}

function storedRows(entry: TensorEntry): TrainedTensor {
  const columns = rowLength(entry);
  return async (first, count) => {
    const values = await readValues(entry, first * columns, count * columns);
    return { values, magnitude: () => 0 };
  };
}

function adaptedRows(entry: TensorEntry, { a, b }: Adapter, scale: number): TrainedTensor {
  const columns = rowLength(entry);
  const rank = a.length / columns;
  return async (first, count) => {
    const weights = await readValues(entry, first * columns, count * columns);
    const values = Float64Array.from(weights);
    for (let row = 0; row < count; row++) {
      for (let inner = 0; inner < rank; inner++) {
        const factor = b[(first + row) * rank + inner] ?? Number.NaN;
        for (let column = 0; column < columns; column++) {
          const index = row * columns + column;
          values[index] = (values[index] ?? 0) + scale * (factor * (a[inner * columns + column] ?? Number.NaN));
        }
      }
    }
    const magnitude = (index: number): number => {
      const [row, column] = [first + Math.floor(index / columns), index % columns];
      const terms = Array.from({ length: rank }, (_, inner) =>
        Math.abs(scale * (b[row * rank + inner] ?? 0) * (a[inner * columns + column] ?? 0)),
      );
      return terms.reduce((sum, term) => sum + term, Math.abs(weights[index] ?? 0));
    };
    return { values, magnitude };
  };
}
