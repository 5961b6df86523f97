import { join } from 'node:path';
import { decoderTensorShapes } from '../../decoder/tensor-shapes.ts';
import { type ModelFolder, openModelFolder } from '../../model-folder/model-folder.ts';
import type { TensorEntry } from '../../formats/safetensors/header.ts';
import { readSafetensorsHeader, streamTensor } from '../../formats/safetensors/read.ts';
import { elementCount } from '../../numbers/tensor-dtype.ts';
import type { TaskEvents } from '../../protocol/task-events.ts';
import type { CheckWeightsTask } from '../../protocol/tasks.ts';
import type { ExportFormatDefinition } from './format.ts';
import { exportFormatDefinitions } from './formats.ts';
import { type ExportedTensor, rowLength, untrainedWeights, wrongWeights } from './weight-check/exported-tensors.ts';
import { type StoredFloat, nearestFloat } from './weight-check/nearest-float.ts';
import { rowBlocks } from './weight-check/row-blocks.ts';
import { type TrainedTensor, trainedTensors } from './weight-check/trained-tensors.ts';
import { weightsFile } from '../../protocol/run-folder/checkpoint.ts';

/** The sums of two orders of addition differ by less than this share of their terms. */
const additionError = 2 ** -44;

/**
 * Reads an exported folder back and compares its numbers with what was trained: each must be `W + scale · B · A`, or
 * what full training made of `W`, rounded to the type it is stored in. All numbers, or of a large model rows of each
 * tensor. `write` gets `progress` events, and `done` with the counts. Throws `export-untrained` where a tensor is still
 * the start model's, else `export-weights-wrong` naming the number.
 */
export async function checkWeights(
  { model: { path, checkpoint }, format, dtype, folder }: CheckWeightsTask,
  write: (event: TaskEvents['check-weights']) => void,
): Promise<void> {
  const model = await openModelFolder(path);
  const { holds, storedDtype, read } = exportFormatDefinitions[format];
  const start =
    holds === 'adapter' && checkpoint !== null ? await adapterTensors(checkpoint) : expectedTensors(model, holds);
  const trained = await trainedTensors(start, holds === 'adapter' ? null : checkpoint);
  const untrained = await trainedTensors(start, null);
  const exported = await read(folder, model.config);
  for (const name of exported.keys())
    if (!start.has(name))
      throw wrongWeights(folder, `The export has a tensor "${name}" that the model does not have`, { tensor: name });
  const ofValues = [...start.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
  let values = 0;
  for (const [name, entry] of start) {
    const [other, rows, before] = [exported.get(name), trained.get(name), untrained.get(name)];
    if (other === undefined || rows === undefined || before === undefined)
      throw wrongWeights(folder, `The export has no tensor "${name}"`, { tensor: name });
    requireForm(other.entry, entry, storedDtype(entry, dtype));
    for await (const count of compared(entry, other, { rows, before }, ofValues)) {
      values += count;
      write({ event: 'progress', done: values, total: ofValues });
    }
  }
  write({ event: 'done', tensors: start.size, values, ofValues });
}

/** The tensors an export has to hold, as the start model has them. */
function expectedTensors(
  { config, tensors }: ModelFolder,
  holds: ExportFormatDefinition['holds'],
): ReadonlyMap<string, TensorEntry> {
  const needed = decoderTensorShapes(config);
  // A tied head is the embedding; a copy of it is not written.
  const isKept = (name: string): boolean =>
    needed.has(name) || (holds === 'folder' && !(config.tiedHead && name === 'lm_head.weight'));
  return new Map([...tensors].filter(([name]) => isKept(name)));
}

async function adapterTensors(checkpoint: string): Promise<ReadonlyMap<string, TensorEntry>> {
  return new Map(
    (await readSafetensorsHeader(join(checkpoint, weightsFile(true)))).tensors.map((entry) => [entry.name, entry]),
  );
}

function isStoredFloat(dtype: TensorEntry['dtype']): dtype is StoredFloat {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16';
}

function requireForm(written: TensorEntry, { name, shape }: TensorEntry, dtype: TensorEntry['dtype']): void {
  if (written.dtype === dtype && written.shape.join() === shape.join()) return;
  throw wrongWeights(
    written.file,
    `${written.file}: tensor "${name}" is ${written.dtype} [${written.shape.join(', ')}], expected ${dtype} ` +
      `[${shape.join(', ')}]`,
    { tensor: name },
  );
}

/** A tensor as training left it, and as the start model has it. */
interface Expected {
  readonly rows: TrainedTensor;
  readonly before: TrainedTensor;
}

/** Compares a tensor block by block; gives how many numbers of each were compared. */
async function* compared(
  start: TensorEntry,
  exported: ExportedTensor,
  { rows, before }: Expected,
  ofValues: number,
): AsyncGenerator<number> {
  const { dtype, file } = exported.entry;
  const { added = 0 } = exported;
  if (!isStoredFloat(dtype)) return yield requireSameBytes(start, exported.entry);
  const columns = rowLength(start);
  for (const { first, count } of rowBlocks(start.shape[0] ?? 1, columns, ofValues)) {
    const [found, { values, magnitude }] = await Promise.all([exported.rows(first, count), rows(first, count)]);
    const wrong = firstDifference(found, values, magnitude, dtype, added);
    if (wrong !== null) {
      const untrained = await before(first, count);
      if (firstDifference(found, untrained.values, untrained.magnitude, dtype, added) === null)
        throw untrainedWeights(file, start.name);
      const [stored, expected, row, column] = [
        found[wrong] ?? null,
        (values[wrong] ?? Number.NaN) + added,
        first + Math.floor(wrong / columns),
        wrong % columns,
      ];
      throw wrongWeights(
        file,
        `${file}: tensor "${start.name}", row ${row}, column ${column} holds ${stored}; the trained model ` +
          `has ${expected}, which is ${nearestFloat(expected, dtype)} in ${dtype}`,
        { tensor: start.name, row, column, stored, expected },
      );
    }
    yield count * columns;
  }
}

/** The index of the first number that is not the trained one plus `added`, rounded; `null` where all are. */
function firstDifference(
  found: Float32Array,
  values: ArrayLike<number>,
  magnitude: (index: number) => number,
  dtype: StoredFloat,
  added: number,
): number | null {
  for (let index = 0; index < values.length; index++) {
    const stored = found[index] ?? Number.NaN;
    const expected = (values[index] ?? Number.NaN) + added;
    if (stored === nearestFloat(expected, dtype)) continue;
    const slack = additionError * magnitude(index);
    if (stored !== nearestFloat(expected - slack, dtype) && stored !== nearestFloat(expected + slack, dtype))
      return index;
  }
  return null;
}

/** Of a tensor that no training touches, such as one of whole numbers. */
async function requireSameBytes(start: TensorEntry, written: TensorEntry): Promise<number> {
  const other = streamTensor(written);
  for await (const bytes of streamTensor(start)) {
    const { value } = await other.next();
    if (value === undefined || Buffer.compare(bytes, value) !== 0)
      throw wrongWeights(written.file, `${written.file}: tensor "${start.name}" is not the start model's`, {
        tensor: start.name,
      });
  }
  return elementCount(start.shape);
}
