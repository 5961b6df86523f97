import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDecoderConfig } from '../architectures/config.ts';
import type { DecoderConfig } from '../architectures/decoder-config.ts';
import { decoderTensorShapes } from '../architectures/tensor-shapes.ts';
import { badInput } from '../failure.ts';
import { sha256OfFile } from './file-hash.ts';
import { parseGenerationConfig, type GenerationConfig } from './generation-config.ts';
import { isNotFound, readJsonFile, readOptionalJsonFile } from './json-file.ts';
import { fileFailure } from './plain-file.ts';
import type { TensorEntry } from './safetensors/header.ts';
import { readWeights, type WeightLayout } from './safetensors/shards.ts';

/** A Hugging Face model folder whose config and weights fit each other. */
export interface ModelFolder {
  /** Links resolved. */
  readonly dir: string;
  readonly config: DecoderConfig;
  /** `config.json` as parsed, to carry over on export. */
  readonly rawConfig: { readonly [key: string]: unknown };
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly layout: WeightLayout;
  readonly generationConfig: GenerationConfig;
  /** Names of files an export copies unchanged: tokenizer, chat template, generation config, licence. */
  readonly carriedFiles: readonly string[];
  /** The part of `carriedFiles` that states the model's terms. */
  readonly licenceFiles: readonly string[];
}

const tokenizerFile = /^(tokenizer.*\.(json|model)|special_tokens_map\.json|added_tokens\.json|chat_template\.(jinja|json)|generation_config\.json|vocab\.(json|txt)|merges\.txt)$/;
const licenceFile = /^(licen[cs]e|notice|use_policy|usage_policy|copying)/i;
const modelFile = /^(config\.json|model.*\.safetensors(\.index\.json)?)$/;

/**
 * Opens a model folder and checks that every tensor its architecture needs is there with its shape, in
 * float32, float16 or bfloat16. Reads headers only; the weights may be another folder's. Throws `model-folder-not-found`, `tensor-missing`,
 * `tensor-shape-wrong`, `tensor-dtype-not-supported` and the codes of {@link parseDecoderConfig} and {@link readWeights}.
 */
export async function openModelFolder(path: string, weights = path): Promise<ModelFolder> {
  const { dir, config, rawConfig, generationConfig } = await readModelConfigs(path);
  const { tensors, layout } = await readWeights(await realFolder(weights));
  checkTensors(dir, config, tensors);
  const names = (await readdir(dir)).sort();
  const licenceFiles = names.filter((name) => licenceFile.test(name));
  const carriedFiles = names.filter((name) => tokenizerFile.test(name) || licenceFile.test(name));
  return { dir, config, rawConfig, tensors, layout, generationConfig, carriedFiles, licenceFiles };
}

/**
 * What a model folder's config.json says, without looking for weights: enough to plan memory for a model
 * that is not downloaded yet. Throws `model-folder-not-found`, `config-missing` and the codes of {@link parseDecoderConfig}.
 */
export async function readModelConfig(path: string): Promise<Pick<ModelFolder, 'dir' | 'config' | 'rawConfig'>> {
  const dir = await realFolder(path);
  const file = join(dir, 'config.json');
  const json = await readConfig(file, dir);
  return { dir, config: parseDecoderConfig(json, file), rawConfig: Object.fromEntries(Object.entries(Object(json))) };
}

/** {@link readModelConfig} with what `generation_config.json` says. Throws also `generation-config-invalid`. */
export async function readModelConfigs(path: string): Promise<Pick<ModelFolder, 'dir' | 'config' | 'rawConfig' | 'generationConfig'>> {
  const read = await readModelConfig(path);
  const file = join(read.dir, 'generation_config.json');
  return { ...read, generationConfig: parseGenerationConfig(await readOptionalJsonFile(file), file, read.config) };
}

/** The sha256 (hex) of every file of a folder that decides what the model computes, by name in sorted order. Streams. */
export async function hashModelFolder(path: string): Promise<{ readonly [file: string]: string }> {
  const dir = await realFolder(path);
  const names = (await readdir(dir)).filter((name) => modelFile.test(name) || tokenizerFile.test(name)).sort();
  const hashes: { [file: string]: string } = {};
  for (const name of names) hashes[name] = await sha256OfFile(join(dir, name));
  return hashes;
}

function checkTensors(dir: string, config: DecoderConfig, tensors: ReadonlyMap<string, TensorEntry>): void {
  const configFile = join(dir, 'config.json');
  for (const [name, shape] of decoderTensorShapes(config)) {
    const entry = tensors.get(name);
    if (!entry) {
      throw badInput('tensor-missing', `${dir}: the weights have no tensor "${name}", which ${configFile} (${config.family}, ${config.layers} layers) calls for. Use config and weights of one release.`, { folder: dir, tensor: name, tensors: tensors.size });
    }
    if (entry.shape.join() !== shape.join()) {
      throw badInput('tensor-shape-wrong', `${entry.file}: tensor "${name}" has shape [${entry.shape.join(', ')}], but ${configFile} makes it [${shape.join(', ')}]. Use config and weights of one release.`, { file: entry.file, tensor: name, shape: entry.shape, expected: shape });
    }
    if (entry.dtype !== 'float32' && entry.dtype !== 'float16' && entry.dtype !== 'bfloat16') {
      throw badInput('tensor-dtype-not-supported', `${entry.file}: tensor "${name}" has dtype ${entry.dtype}; expected float32, float16 or bfloat16. Convert the weights, or choose the model's unquantised release.`, { file: entry.file, tensor: name, dtype: entry.dtype });
    }
  }
}

async function readConfig(file: string, dir: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw badInput('config-missing', `${dir} has no config.json, so it is not a model folder. Choose the folder that holds config.json, the weights and tokenizer.json.`, { folder: dir }, { cause: error });
  }
}

async function realFolder(path: string): Promise<string> {
  try {
    const dir = await realpath(path);
    if ((await stat(dir)).isDirectory()) return dir;
  } catch (error) {
    if (!isNotFound(error)) throw fileFailure(path, error);
  }
  throw badInput('model-folder-not-found', `${path} is not a folder. Give the folder that holds config.json, the weights and tokenizer.json.`, { folder: path });
}
