import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { failed, type Failure } from '../../../failure.ts';
import { readGguf } from '../../../formats/gguf/read.ts';
import { ropeTensors } from '../../../formats/gguf/rope-fields.ts';
import type { DecoderConfig } from '../../../families/decoder-config.ts';
import { huggingFaceNames } from '../../../formats/gguf/tensor-names.ts';
import type { TensorEntry } from '../../../formats/safetensors/header.ts';
import { readTensor, readValues } from '../../../formats/safetensors/read.ts';
import { ModelProto, externalLocation } from '../../../graph/onnx-proto.ts';

/** A tensor of an exported file. */
export interface ExportedTensor {
  readonly entry: TensorEntry;
  /** Values of `count` rows from row `first` on, in the order that the start model's tensor has them. */
  readonly rows: (first: number, count: number) => Promise<Float32Array>;
  /** What the format adds to each number before it is stored. */
  readonly added?: number;
}

export type ExportedTensors = ReadonlyMap<string, ExportedTensor>;

/** Numbers of a row: everything but the first axis. */
export function rowLength({ shape }: Pick<TensorEntry, 'shape'>): number {
  return shape.slice(1).reduce((product, axis) => product * axis, 1);
}

/** Tensors under the start model's names and in its order. */
export function asStored(entries: Iterable<TensorEntry>): ExportedTensors {
  return new Map(Array.from(entries, (entry) => [entry.name, inOrder(entry)]));
}

function inOrder(entry: TensorEntry): ExportedTensor {
  const columns = rowLength(entry);
  return { entry, rows: (first, count) => readValues(entry, first * columns, count * columns) };
}

/** Architectures of llama.cpp that rotate neighbours. */
const rotatesNeighbours = new Set<unknown>(['llama', 'mistral3', 'granite', 'smollm3']);
/** Architectures whose norms its converter adds one to. */
const addsOneToNorms = new Set<unknown>(['gemma', 'gemma2', 'gemma3']);
/** There its converter alternates the rows of the halves of each head of these tensors. */
const rotatedTensor = /attn_(q|k)\.(weight|bias)$/;

/** The tensors of the GGUF file in a folder. */
export async function ggufTensors(folder: string, config: DecoderConfig): Promise<ExportedTensors> {
  const file = await findFile(folder, /\.gguf$/);
  const { metadata, tensors } = await readGguf(file);
  const names = huggingFaceNames(config);
  const architecture = metadata.get('general.architecture')?.value;
  const alternates = rotatesNeighbours.has(architecture);
  const addsOne = addsOneToNorms.has(architecture);
  const heads = (key: string): number => z.number().parse(metadata.get(`${architecture}.attention.${key}`)?.value);
  return new Map(
    tensors.flatMap((entry): [string, ExportedTensor][] => {
      const name = names.get(entry.name);
      // The factors of stretched positions are no weight of the model.
      if (name === undefined) return ropeTensors.has(entry.name) ? [] : [[entry.name, inOrder(entry)]];
      const rotated = alternates ? rotatedTensor.exec(entry.name) : null;
      return [
        [
          name,
          rotated === null
            ? { ...inOrder(entry), added: addsOne && entry.name.endsWith('norm.weight') ? 1 : 0 }
            : alternating(entry, heads(rotated[1] === 'q' ? 'head_count' : 'head_count_kv')),
        ],
      ];
    }),
  );
}

/** Row `half · headRows / 2 + pair` of a head lies at `2 · pair + half` (convert_hf_to_gguf.py, `permute`). */
function alternating(entry: TensorEntry, heads: number): ExportedTensor {
  const headRows = (entry.shape[0] ?? 0) / heads;
  const columns = rowLength(entry);
  return {
    entry,
    async rows(first, count) {
      const firstOfHead = first - (first % headRows);
      const end = Math.ceil((first + count) / headRows) * headRows;
      const stored = await readValues(entry, firstOfHead * columns, (end - firstOfHead) * columns);
      const values = new Float32Array(count * columns);
      for (let row = first; row < first + count; row++) {
        const inHead = row % headRows;
        const place = 2 * (inHead % (headRows / 2)) + Math.floor(inHead / (headRows / 2));
        const start = (row - inHead - firstOfHead + place) * columns;
        values.set(stored.subarray(start, start + columns), (row - first) * columns);
      }
      return values;
    },
  };
}

const onnxGraph = z.looseObject({
  graph: z.looseObject({
    initializer: z.array(
      z.looseObject({
        name: z.string(),
        dims: z.array(z.coerce.number()).default([]),
        dataLocation: z.number().optional(),
        externalData: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
      }),
    ),
  }),
});

/** The tensors of `model.onnx` in a folder, whose weights of linear layers lie `[in, out]`. */
export async function onnxTensors(folder: string): Promise<ExportedTensors> {
  const file = await findFile(folder, /^model\.onnx$/);
  const { graph } = onnxGraph.parse(ModelProto.toObject(ModelProto.decode(await readFile(file)), { longs: String }));
  const stored = graph.initializer.filter(
    ({ name, dataLocation }) => dataLocation === externalLocation && !name.startsWith('rotary.'),
  );
  return new Map(
    stored.map(({ name, dims: shape, externalData = [] }) => {
      const field = (wanted: string): string => externalData.find(({ key }) => key === wanted)?.value ?? '';
      const entry: TensorEntry = {
        name,
        dtype: 'float32',
        shape,
        file: join(dirname(file), field('location')),
        offsetBytes: Number(field('offset')),
        lengthBytes: Number(field('length')),
      };
      return [name, shape.length === 2 && name !== 'model.embed_tokens.weight' ? turned(entry) : inOrder(entry)];
    }),
  );
}

/** `[in, out]` read once, for its columns. */
function turned(stored: TensorEntry): ExportedTensor {
  const [inputs = 0, outputs = 0] = stored.shape;
  let whole: Promise<Float32Array> | null = null;
  return {
    entry: { ...stored, shape: [outputs, inputs] },
    async rows(first, count) {
      whole ??= readTensor(stored);
      const matrix = await whole;
      if (first + count === outputs) whole = null;
      const values = new Float32Array(count * inputs);
      for (let column = 0; column < inputs; column++) {
        for (let row = 0; row < count; row++)
          values[row * inputs + column] = matrix[column * outputs + first + row] ?? Number.NaN;
      }
      return values;
    },
  };
}

/** The first file in a folder or below whose name fits. Throws `export-weights-wrong` where there is none. */
export async function findFile(folder: string, name: RegExp): Promise<string> {
  const found = (await readdir(folder, { recursive: true, withFileTypes: true })).find(
    (entry) => entry.isFile() && name.test(entry.name),
  );
  if (found !== undefined) return join(found.parentPath, found.name);
  throw wrongWeights(folder, `${folder} has no file of the exported weights`, {});
}

/** The failure of an export that does not hold what was trained; `what` is a sentence without its end. */
export function wrongWeights(file: string, what: string, details: Failure['details']): Failure {
  return failed('export-weights-wrong', `${what}. The export was discarded; report this as a defect.`, {
    file,
    ...details,
  });
}

/** The failure of an export whose tensor is the start model's although training changed it. */
export function untrainedWeights(file: string, tensor: string): Failure {
  return failed(
    'export-untrained',
    `${file}: tensor "${tensor}" is the start model's; what training changed was not added to it. Nothing was kept ` +
      'of the export; report this as a defect.',
    { file, tensor },
  );
}
