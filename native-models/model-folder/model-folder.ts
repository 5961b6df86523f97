import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDecoderConfig, trainedConfig } from '../families/config.ts';
import type { DecoderConfig } from '../families/decoder-config.ts';
import { decoderTensorShapes } from '../decoder/tensor-shapes.ts';
import { badInput, Failure } from '../failure.ts';
import { sha256OfFile } from '../files/file-hash.ts';
import { parseGenerationConfig, type GenerationConfig } from './generation-config.ts';
import { isNotFound, readJsonFile, readOptionalJsonFile } from '../files/json-file.ts';
import { findCarriedFiles, isTokenizerFile, type CarriedFiles } from './model-files.ts';
import { notAFolder, withoutConfig } from './not-a-model-folder.ts';
import { fileFailure } from '../files/plain-file.ts';
import type { TensorEntry } from '../formats/safetensors/header.ts';
import { readWeights, type WeightLayout, type Weights } from './shards.ts';
import { hasOwnHead } from './tied-head.ts';
import { withUsualNames } from './usual-names.ts';

/** A Hugging Face model folder whose config and weights fit each other. */
export interface ModelFolder extends CarriedFiles {
  /** Links resolved. */
  readonly dir: string;
  readonly config: DecoderConfig;
  /** `config.json` of the model that is trained, to carry over on export. */
  readonly rawConfig: { readonly [key: string]: unknown };
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly layout: WeightLayout;
  readonly generationConfig: GenerationConfig;
  /**
   * What a person should know of this folder: several sets of weights, a head that is not the embedding as config.json
   * says.
   */
  readonly notes: readonly string[];
}

/** What `config.json` of a folder says, and the weights where they can be read. */
type ReadConfig = Pick<ModelFolder, 'dir' | 'config' | 'rawConfig'>;

/**
 * Opens a model folder and checks that every tensor its architecture needs is there with its shape, in float32, float16
 * or bfloat16. Reads headers only; the weights may be another folder's. Throws `model-folder-not-found`,
 * `tensor-missing`, `tensor-shape-wrong`, `tensor-dtype-not-supported` and the codes of {@link parseDecoderConfig} and
 * {@link readWeights}.
 */
export async function openModelFolder(path: string, weights = path): Promise<ModelFolder> {
  const stated = await readStatedConfig(path);
  const { dir, rawConfig } = stated;
  const read = await readWeights(await realFolder(weights), weights === path ? statedWeights(rawConfig) : null);
  const { tensors, layout, besides } = withUsualNames(read, stated.config.partOf !== null);
  const config = await settleHead(stated.config, tensors);
  checkTensors(dir, config, tensors);
  const untied = stated.config.tiedHead && !config.tiedHead;
  const notes = [
    ...(config.partOf === null
      ? []
      : [
          `This is a ${config.partOf}. Its text part is trained, and exported as a text model; what it sees besides ` +
            'text is left out.',
        ]),
    ...besides.map(
      (name) =>
        `${name} lies there too and is not read; transformers takes ` +
        `${[...new Set(layout.fileOf.values())].sort()[0]} as well. Remove the older of the two.`,
    ),
    ...(untied
      ? [
          'config.json says that the output head is the embedding (tie_word_embeddings), but the weights ' +
            'have an lm_head.weight of their own with other numbers: that one is used, as transformers 5 does, ' +
            'and exports say tie_word_embeddings false.',
        ]
      : []),
  ];
  return {
    dir,
    config,
    rawConfig,
    tensors,
    layout,
    generationConfig: await readGenerationConfig(dir, config),
    ...(await findCarriedFiles(dir)),
    notes,
  };
}

/**
 * What a model folder's config.json says: enough to plan memory for a model that is not downloaded yet. Weights that
 * are there decide whether the head is the embedding. Throws `model-folder-not-found`, `config-missing` and the codes
 * of {@link parseDecoderConfig}.
 */
export async function readModelConfig(path: string): Promise<ReadConfig> {
  const stated = await readStatedConfig(path);
  if (!stated.config.tiedHead) return stated;
  const weights = await readableWeights(stated);
  return weights === null ? stated : { ...stated, config: await settleHead(stated.config, weights.tensors) };
}

async function readStatedConfig(path: string): Promise<ReadConfig> {
  const dir = await realFolder(path);
  const file = join(dir, 'config.json');
  const json = await readConfig(file, dir);
  return { dir, config: parseDecoderConfig(json, file), rawConfig: trainedConfig(json) };
}

/** `null` for weights that are missing or damaged, which is told by whoever needs them. */
async function readableWeights({ dir, rawConfig, config }: ReadConfig): Promise<Weights | null> {
  try {
    return withUsualNames(await readWeights(dir, statedWeights(rawConfig)), config.partOf !== null);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** transformers 5 names the file of the weights in config.json where it has another name. */
function statedWeights({ transformers_weights: name }: ModelFolder['rawConfig']): string | null {
  return name === undefined || name === null ? null : String(name);
}

async function settleHead(config: DecoderConfig, tensors: ReadonlyMap<string, TensorEntry>): Promise<DecoderConfig> {
  return config.tiedHead && (await hasOwnHead(tensors)) ? { ...config, tiedHead: false } : config;
}

/** {@link readModelConfig} with what `generation_config.json` says. Throws also `generation-config-invalid`. */
export async function readModelConfigs(
  path: string,
): Promise<Pick<ModelFolder, 'dir' | 'config' | 'rawConfig' | 'generationConfig'>> {
  const read = await readModelConfig(path);
  return { ...read, generationConfig: await readGenerationConfig(read.dir, read.config) };
}

async function readGenerationConfig(dir: string, config: DecoderConfig): Promise<GenerationConfig> {
  const file = join(dir, 'generation_config.json');
  return parseGenerationConfig(await readOptionalJsonFile(file), file, config);
}

/**
 * The sha256 (hex) of every file of a folder that decides what the model computes, by name in sorted order. Streams;
 * `onBytes` hears of each piece.
 */
export async function hashModelFolder(
  path: string,
  onBytes?: (count: number) => void,
): Promise<{ readonly [file: string]: string }> {
  const { dir, names } = await hashedFiles(path);
  const hashes: { [file: string]: string } = {};
  for (const name of names) hashes[name] = await sha256OfFile(join(dir, name), onBytes);
  return hashes;
}

/** The folder with its links resolved, and the names of its files that decide what the model computes, sorted. */
export async function hashedFiles(path: string): Promise<{ readonly dir: string; readonly names: readonly string[] }> {
  const read = await readStatedConfig(path);
  const weights = await readableWeights(read);
  const used = new Set(weights === null ? [] : weights.files);
  return {
    dir: read.dir,
    names: (await readdir(read.dir))
      .filter((name) => name === 'config.json' || used.has(name) || isTokenizerFile(name))
      .sort(),
  };
}

function checkTensors(dir: string, config: DecoderConfig, tensors: ReadonlyMap<string, TensorEntry>): void {
  const configFile = join(dir, 'config.json');
  for (const [name, shape] of decoderTensorShapes(config)) {
    const entry = tensors.get(name);
    if (!entry) {
      throw badInput(
        'tensor-missing',
        `${dir}: the weights have no tensor "${name}", which ${configFile} (${config.family}, ` +
          `${config.layers.length} layers) calls for. Use config and weights of one release.`,
        { folder: dir, tensor: name, tensors: tensors.size },
      );
    }
    if (entry.shape.join() !== shape.join()) {
      throw badInput(
        'tensor-shape-wrong',
        `${entry.file}: tensor "${name}" has shape [${entry.shape.join(', ')}], but ${configFile} makes it ` +
          `[${shape.join(', ')}]. Use config and weights of one release.`,
        { file: entry.file, tensor: name, shape: entry.shape, expected: shape },
      );
    }
    if (entry.dtype !== 'float32' && entry.dtype !== 'float16' && entry.dtype !== 'bfloat16') {
      throw badInput(
        'tensor-dtype-not-supported',
        `${entry.file}: tensor "${name}" has dtype ${entry.dtype}; expected float32, float16 or bfloat16. ` +
          `Convert the weights, or choose the model's unquantised release.`,
        { file: entry.file, tensor: name, dtype: entry.dtype },
      );
    }
  }
}

async function readConfig(file: string, dir: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw await withoutConfig(dir, error);
  }
}

async function realFolder(path: string): Promise<string> {
  try {
    const dir = await realpath(path);
    if ((await stat(dir)).isDirectory()) return dir;
  } catch (error) {
    if (!isNotFound(error)) throw fileFailure(path, error);
  }
  throw await notAFolder(path);
}
