import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { decoderTensorShapes, parameterCount } from '../../decoder/tensor-shapes.ts';
import type { DecoderConfig } from '../../families/decoder-config.ts';
import { rotarySettings } from '../../families/layer-plans.ts';
import { writeAtomically } from '../../files/atomic-file.ts';
import { decodeFloats, encodeFloats } from '../../numbers/float-encoding.ts';
import { exportedConfig } from './exported-config.ts';
import type { ModelFolder } from '../../model-folder/model-folder.ts';
import { genaiConfig } from '../../formats/onnx/genai-config.ts';
import { layoutExternalData, writeExternalData } from '../../formats/onnx/external-data.ts';
import type { TensorEntry } from '../../formats/safetensors/header.ts';
import { type TensorToWrite, wholeTensor } from '../../formats/safetensors/write.ts';
import { emit } from '../../graph/lowering/emit.ts';
import { rotaryRows } from '../../layers/rope.ts';
import { publishedDecoder, rotaryNames } from '../graphs/published-decoder.ts';
import { writeJson, writeTextFiles } from './text.ts';
import type { ExportFormatDefinition } from './format.ts';
import type { ExportJob } from './job.ts';
import { onnxTensors } from './weight-check/exported-tensors.ts';
import { mergedTensor } from './merge.ts';
import type { TrainedOverlay } from '../model/overlay.ts';
import { tellWritten } from './written-bytes.ts';

/** Where transformers.js and Optimum look for it; the weights lie beside it. */
export const onnxFile = 'onnx/model.onnx';

/** An ONNX graph in float32 with its weights in files beside it. */
export const onnx: ExportFormatDefinition = {
  holds: 'decoder',
  choosesDtype: false,
  storedDtype: () => 'float32',
  refuses: () => Promise.resolve(null),
  limits: () => [],
  files: ({ config }) => [{ name: 'model.onnx_data', bytes: onnxDataBytes(config) }],
  card: {
    library: 'transformers.js',
    use: () =>
      '`onnx/model.onnx` computes in float32 and reads its weights from `onnx/model.onnx_data`. ' +
      "transformers.js: `pipeline('text-generation', DIR)`; onnxruntime-genai: `Model(DIR)`; Optimum: " +
      "`ORTModelForCausalLM.from_pretrained(DIR, subfolder='onnx')` (optimum-onnx 0.1 fails on Qwen 3 whose " +
      'head_dim is not hidden_size / heads).',
  },
  write: writeOnnxExport,
  read: onnxTensors,
  reloaded: { as: 'published-graph' },
};

/** Rows of a tensor that is made here, at a time. */
const rowsAtOnce = 256;
const tileRows = 32;

/**
 * Writes the trained model as `onnx/model.onnx` in float32 with its weights in files beside it, and what a program
 * needs to make tokens of text and text of tokens. Throws `disk-full` and `folder-not-writable`.
 */
async function writeOnnxExport({ folder, text, format, overlay, out, write }: ExportJob): Promise<readonly string[]> {
  const { config, generationConfig } = folder;
  const entries = [...decoderTensorShapes(config).keys()].flatMap((name) => folder.tensors.get(name) ?? []);
  const tensors = [...entries.map((entry) => onnxTensor(entry, overlay)), ...rotaryTensors(config)];
  const laid = layoutExternalData(basename(onnxFile), tellWritten(tensors, write));
  const graphFolder = join(out, dirname(onnxFile));
  await mkdir(graphFolder, { recursive: true });
  const data = await writeExternalData(graphFolder, laid);
  const stored = new Map(
    laid.map(({ tensor: { name, dtype, shape }, ...place }) => [name, { dtype, shape, ...place }] as const),
  );
  await writeAtomically(join(out, onnxFile), [emit(publishedDecoder(config, stored), { target: 'portable' }).bytes]);
  await writeJson(join(out, 'config.json'), onnxConfig(folder, data.length), join(folder.dir, 'config.json'));
  await writeJson(
    join(out, 'genai_config.json'),
    genaiConfig(config, text.eosIds, generationConfig.bosId ?? text.tokenizer.bosId, text.tokenizer.padId, onnxFile),
  );
  const dataFiles = data.map((name) => `${dirname(onnxFile)}/${name}`);
  return [onnxFile, ...dataFiles, 'config.json', 'genai_config.json', ...(await writeTextFiles(folder, format, out))];
}

/** Bytes of the tensors of an export: float32, and the rotary tables. */
function onnxDataBytes(config: DecoderConfig): number {
  const rotated = rotarySettings(config).reduce((sum, { rotatedDims }) => sum + rotatedDims, 0);
  return 4 * (parameterCount(config) + rotated * config.maxPositions);
}

/** What transformers.js has to be told: which of several files to take, and in how many its weights are. */
function onnxConfig({ rawConfig, config }: ModelFolder, dataFiles: number): object {
  return {
    ...exportedConfig(rawConfig, config, 'float32'),
    'transformers.js_config': { dtype: 'fp32', use_external_data_format: dataFiles },
  };
}

/** A tensor in float32; the weights of linear layers are `[in, out]`, as the product takes them. */
function onnxTensor(entry: TensorEntry, overlay: TrainedOverlay | null): TensorToWrite {
  const { name } = entry;
  const merged = mergedTensor(entry, overlay, 'float32');
  const [rows = 0, columns = 0] = entry.shape;
  if (entry.shape.length !== 2 || name === 'model.embed_tokens.weight') return merged;
  return {
    ...merged,
    shape: [columns, rows],
    async *data() {
      yield* transposed(decodeFloats(await wholeTensor(merged), 'float32'), rows, columns);
    },
  };
}

/** `[rows, columns]` as the bytes of `[columns, rows]`, a few of its rows at a time. */
function* transposed(matrix: Float32Array, rows: number, columns: number): Generator<Uint8Array> {
  for (let start = 0; start < columns; start += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, columns - start);
    const turned = new Float32Array(count * rows);
    // In tiles: the other way round, each number read or written would be in a page of memory of its own.
    for (let tile = 0; tile < rows; tile += tileRows) {
      const end = Math.min(rows, tile + tileRows);
      for (let column = 0; column < count; column++) {
        for (let row = tile; row < end; row++)
          turned[column * rows + row] = matrix[row * columns + start + column] ?? Number.NaN;
      }
    }
    yield encodeFloats(turned, 'float32');
  }
}

/** Cosines and sines of every position the model was made for. */
function rotaryTensors(config: DecoderConfig): readonly TensorToWrite[] {
  return rotarySettings(config).flatMap((settings, index) => {
    const table = (name: string, of: 'cosine' | 'sine'): TensorToWrite => ({
      name,
      dtype: 'float32',
      shape: [config.maxPositions, settings.rotatedDims / 2],
      *data() {
        for (let start = 0; start < config.maxPositions; start += rowsAtOnce) {
          const end = Math.min(start + rowsAtOnce, config.maxPositions);
          yield encodeFloats(Float32Array.from(rotaryRows(settings, of, { start, end })), 'float32');
        }
      },
    });
    const { cosine, sine } = rotaryNames(index);
    return [table(cosine, 'cosine'), table(sine, 'sine')];
  });
}
