import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../failure.ts';
import { writeAtomically } from '../files/atomic-file.ts';
import { isNotFound, parseFields, readJsonFile } from '../files/json-file.ts';
import { withoutWeights } from './not-a-model-folder.ts';
import { fileFailure } from '../files/plain-file.ts';
import { readStateDict } from '../formats/pytorch/state-dict.ts';
import type { TensorEntry } from '../formats/safetensors/header.ts';
import { readSafetensorsHeader } from '../formats/safetensors/read.ts';
import { lengthBytes, writeSafetensors, type TensorToWrite } from '../formats/safetensors/write.ts';

const singleFile = 'model.safetensors';
const indexFile = 'model.safetensors.index.json';

/** A form in which weights are stored: the names of its files, and what reads the tensors of one. */
interface WeightForm {
  readonly single: string;
  readonly index: string;
  readonly extension: string;
  readonly read: (file: string) => Promise<readonly TensorEntry[]>;
  /** The name that an export gives a file. */
  readonly exportedAs: (file: string) => string;
}

const safetensors: WeightForm = {
  single: singleFile,
  index: indexFile,
  extension: '.safetensors',
  read: async (file) => (await readSafetensorsHeader(file)).tensors,
  exportedAs: (file) => file,
};

/** What `torch.save` writes; taken where a folder has no safetensors. */
const pytorch: WeightForm = {
  single: 'pytorch_model.bin',
  index: 'pytorch_model.bin.index.json',
  extension: '.bin',
  read: readStateDict,
  exportedAs: (file) => file.replace(/^pytorch_model/, 'model').replace(/[.]bin$/, '.safetensors'),
};
const indexSchema = z.looseObject({
  weight_map: z.record(
    z.string(),
    z.string('expected a file name'),
    'expected an object of tensor names and file names',
  ),
});

/** Which file of a model folder holds which tensor. */
export interface WeightLayout {
  /** Tensor name to file name, under the usual name where there is one file. */
  readonly fileOf: ReadonlyMap<string, string>;
  readonly sharded: boolean;
}

export interface Weights {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly layout: WeightLayout;
  /** Names of the files that were read, the index included. */
  readonly files: readonly string[];
  /** Names of other weights in the folder that were passed over. */
  readonly besides: readonly string[];
}

/**
 * The tensors of `model.safetensors`, or else of the shards that `model.safetensors.index.json` names, in this order,
 * as transformers has it; of the file or index `stated` where config.json names one; without safetensors, of
 * `pytorch_model.bin` or its shards. Throws `weights-missing`,
 * `shard-index-invalid`, `shard-missing`, `shard-tensor-missing`, `shard-tensor-unlisted` and the codes of {@link
 * readSafetensorsHeader} and {@link readStateDict}.
 */
export async function readWeights(folder: string, stated: string | null = null): Promise<Weights> {
  if (stated !== null) return readStated(folder, stated);
  const [hasSingle, hasIndex] = [await exists(join(folder, singleFile)), await exists(join(folder, indexFile))];
  if (hasSingle) return readSingle(folder, safetensors, singleFile, hasIndex ? [indexFile] : []);
  if (hasIndex) return readShards(folder, safetensors, indexFile, []);
  if (await exists(join(folder, pytorch.single))) return readSingle(folder, pytorch, pytorch.single, []);
  if (await exists(join(folder, pytorch.index))) return readShards(folder, pytorch, pytorch.index, []);
  throw await withoutWeights(folder, singleFile);
}

async function readStated(folder: string, name: string): Promise<Weights> {
  const isIndex = name.endsWith('.safetensors.index.json');
  if (basename(name) !== name || !(isIndex || name.endsWith('.safetensors'))) {
    throw badInput(
      'config-field-invalid',
      `${join(folder, 'config.json')}: transformers_weights is ${JSON.stringify(name)}; expected the name ` +
        'of a .safetensors file or of its index in the same folder. Correct it, or get the file again from ' +
        'where the model came from.',
      { folder, field: 'transformers_weights', value: name },
    );
  }
  if (!(await exists(join(folder, name))))
    throw badInput(
      'weights-missing',
      `${folder} has no ${name}, which transformers_weights of config.json names. Download it, or take the ` +
        `field out of config.json to use ${singleFile}.`,
      { folder, file: name },
    );
  const others: string[] = [];
  for (const other of [singleFile, indexFile])
    if (other !== name && (await exists(join(folder, other)))) others.push(other);
  return isIndex ? readShards(folder, safetensors, name, others) : readSingle(folder, safetensors, name, others);
}

async function readSingle(
  folder: string,
  { read }: WeightForm,
  name: string,
  besides: readonly string[],
): Promise<Weights> {
  const tensors = await read(join(folder, name));
  return {
    tensors: new Map(tensors.map((entry) => [entry.name, entry])),
    layout: { fileOf: new Map(tensors.map((entry) => [entry.name, singleFile])), sharded: false },
    files: [name],
    besides,
  };
}

/** Writes tensors into a folder, in the same files as `layout` has them; names it does not know go to the last file. */
export async function writeWeights(
  folder: string,
  layout: WeightLayout,
  metadata: { readonly [key: string]: string },
  tensors: readonly TensorToWrite[],
): Promise<void> {
  const files = [...new Set(layout.fileOf.values())].sort();
  const last = files.at(-1) ?? singleFile;
  const byFile = Map.groupBy(tensors, ({ name }) => layout.fileOf.get(name) ?? last);
  for (const [file, members] of byFile) await writeSafetensors(join(folder, file), metadata, members);
  if (!layout.sharded) return;
  const pairs = [...byFile]
    .flatMap(([file, members]) => members.map(({ name }) => [name, file] as const))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const index = {
    metadata: { total_size: tensors.reduce((sum, tensor) => sum + lengthBytes(tensor), 0) },
    weight_map: Object.fromEntries(pairs),
  };
  await writeAtomically(join(folder, indexFile), [Buffer.from(`${JSON.stringify(index, null, 2)}\n`)]);
}

async function readShards(
  folder: string,
  form: WeightForm,
  name: string,
  besides: readonly string[],
): Promise<Weights> {
  const index = join(folder, name);
  const { weight_map: weightMap } = parseFields(indexSchema, await readJsonFile(index), index, 'shard-index-invalid');
  const tensors = new Map<string, TensorEntry>();
  const files = [...new Set(Object.values(weightMap))].sort();
  await checkShardsExist(folder, form, index, files);
  for (const file of files) {
    for (const entry of await form.read(join(folder, file))) {
      if (weightMap[entry.name] !== file) {
        const listed = weightMap[entry.name] ?? 'no file';
        throw badInput(
          'shard-tensor-unlisted',
          `${join(folder, file)} holds tensor "${entry.name}", but ${index} says ${listed}. Download the ` +
            'index and the shards again, from one release.',
          { file: join(folder, file), tensor: entry.name, listed },
        );
      }
      tensors.set(entry.name, entry);
    }
  }
  for (const [tensor, file] of Object.entries(weightMap)) {
    if (tensors.has(tensor)) continue;
    throw badInput(
      'shard-tensor-missing',
      `${index} says that tensor "${tensor}" is in ${file}, but it is not there. Download the index and the ` +
        'shards again, from one release.',
      { file: join(folder, file), tensor },
    );
  }
  return {
    tensors,
    layout: {
      fileOf: new Map(Object.entries(weightMap).map(([tensor, file]) => [tensor, form.exportedAs(file)])),
      sharded: true,
    },
    files: [name, ...files],
    besides,
  };
}

async function checkShardsExist(
  folder: string,
  { extension, index: indexName }: WeightForm,
  index: string,
  files: readonly string[],
): Promise<void> {
  const missing: string[] = [];
  for (const file of files) {
    if (basename(file) !== file || file.includes('\0') || !file.endsWith(extension)) {
      throw badInput(
        'shard-index-invalid',
        `${index}: weight_map names ${JSON.stringify(file)}; expected the name of a ${extension} file in ` +
          'the same folder. Get the index again from where the model came from.',
        { file: index, value: file },
      );
    }
    if (!(await exists(join(folder, file)))) missing.push(file);
  }
  if (missing.length > 0) {
    throw badInput(
      'shard-missing',
      `${folder}: ${missing.length} of ${files.length} weight files named by ${indexName} are missing: ` +
        `${missing.join(', ')}. Download them into that folder.`,
      { folder, index, missing },
    );
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw fileFailure(file, error);
  }
}
