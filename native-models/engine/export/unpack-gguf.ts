import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../../failure.ts';
import { configFields } from '../../formats/gguf/model-fields.ts';
import { normOffset, shiftedData } from '../../formats/gguf/norm-offset.ts';
import { sharedRotary } from '../../families/layer-plans.ts';
import { readGguf } from '../../formats/gguf/read.ts';
import { ropeTensors } from '../../formats/gguf/rope-fields.ts';
import { rotatedHeads, separateHalves } from '../../formats/gguf/rotated-rows.ts';
import { huggingFaceNames } from '../../formats/gguf/tensor-names.ts';
import { exportedConfig } from './exported-config.ts';
import type { ModelFolder } from '../../model-folder/model-folder.ts';
import type { TensorEntry } from '../../formats/safetensors/header.ts';
import { streamTensor } from '../../formats/safetensors/read.ts';
import { type TensorToWrite, wholeTensor, writeSafetensors } from '../../formats/safetensors/write.ts';
import { findFile } from './weight-check/exported-tensors.ts';

/**
 * Makes a model folder of the GGUF file in an exported folder, so that it can be run and compared: weights and every
 * number of the model's shape are the file's own; the rest of config.json and the tokenizer are those of `source`.
 * Throws `gguf-invalid`, and `export-weights-wrong` where there is no file.
 */
export async function unpackGguf(folder: string, source: ModelFolder, out: string): Promise<void> {
  const file = await findFile(folder, /\.gguf$/);
  const { metadata, tensors } = await readGguf(file);
  await mkdir(out, { recursive: true });
  const names = huggingFaceNames(source.config);
  const weights = tensors
    .filter(({ name }) => !ropeTensors.has(name))
    .map((tensor) => huggingFaceTensor(tensor, names, source));
  await writeSafetensors(join(out, 'model.safetensors'), {}, weights);
  await writeFile(
    join(out, 'config.json'),
    JSON.stringify(fileConfig(configFields(metadata, source.config, file), source)),
  );
  for (const name of source.carriedFiles) await copyFile(join(source.dir, name), join(out, name));
}

/** The file's numbers over the source's; `rope_theta` is read from `rope_parameters` where there are both. */
function fileConfig(fields: { readonly [field: string]: number }, { rawConfig, config }: ModelFolder): object {
  const stated = exportedConfig(rawConfig, config);
  return {
    ...stated,
    ...fields,
    ...('rope_parameters' in stated && sharedRotary(config) !== null
      ? { rope_parameters: { ...Object(stated['rope_parameters']), rope_theta: fields['rope_theta'] } }
      : {}),
  };
}

function huggingFaceTensor(
  entry: TensorEntry,
  names: ReadonlyMap<string, string>,
  { config }: ModelFolder,
): TensorToWrite {
  const name = names.get(entry.name);
  if (name === undefined)
    throw badInput(
      'gguf-invalid',
      `${entry.file} is not a GGUF file that can be read here: no model has a tensor "${entry.name}". Export it again.`,
      { file: entry.file, tensor: entry.name },
    );
  const { dtype, shape, lengthBytes } = entry;
  const heads = rotatedHeads(name, config);
  const stored: TensorToWrite = { name, dtype, shape, data: () => streamTensor(entry) };
  const added = normOffset(name, config);
  if (added !== 0) return { ...stored, data: () => shiftedData(stored, -added) };
  if (heads === null) return stored;
  return {
    name,
    dtype,
    shape,
    async *data() {
      yield separateHalves(await wholeTensor(stored), heads, lengthBytes / (shape[0] ?? 1));
    },
  };
}
