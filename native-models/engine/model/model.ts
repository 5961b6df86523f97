import { precisions } from '../../decoder/precision.ts';
import type { StoredWeight } from '../../decoder/weights.ts';
import { type ModelFolder, openModelFolder } from '../../model-folder/model-folder.ts';
import { type QuantizedProgress, blockQuantizedModel } from '../../runtime/block-quantized-model.ts';
import { storedModel } from '../../runtime/stored-model.ts';
import { type ChatTemplate, loadTemplate } from '../../text/chat-template.ts';
import { type PairEncoder, createPairEncoder } from '../../text/encode-pair.ts';
import { type Tokenizer, loadTokenizer, requireFittingTokenizer } from '../../text/tokenizer.ts';
import type { ComputedModel } from '../../protocol/tasks.ts';
import type { QuantizedEvent } from '../../protocol/task-events.ts';
import type { TemplateName } from '../../vocabulary/lists.ts';
import type { Precision } from '../../protocol/precision.ts';

/** How text becomes tokens, and tokens text. */
export interface ModelText {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly encoder: PairEncoder;
  /** Every id that ends a text. */
  readonly eosIds: readonly number[];
}

/** A model folder opened for the engine: where its weights lie, and how text becomes tokens. */
export interface EngineModel extends ModelText {
  readonly folder: ModelFolder;
  /** How the weights are kept and what is computed with them. */
  readonly precision: Precision;
  readonly stored: ReadonlyMap<string, StoredWeight>;
  readonly externalDataFolder: string;
}

/**
 * Opens a model with its tokenizer and template, its weights as stored and its products float32; `clock` is the moment
 * a template with a date sees, `weights` another folder to take the weights of.
 */
export async function openEngineModel(
  path: string,
  template: TemplateName,
  clock?: Date,
  weights = path,
): Promise<EngineModel> {
  const folder = await openModelFolder(path, weights);
  return {
    folder,
    precision: precisions.float32,
    ...storedModel(folder),
    ...(await openModelText(folder, template, clock)),
  };
}

/** The tokenizer and template of a folder, whatever form its weights have. */
export async function openModelText(
  { dir, config, generationConfig }: Pick<ModelFolder, 'dir' | 'config' | 'generationConfig'>,
  template: TemplateName,
  clock?: Date,
): Promise<ModelText> {
  const [tokenizer, chatTemplate] = await Promise.all([loadTokenizer(dir), loadTemplate(dir, template, clock)]);
  requireFittingTokenizer(tokenizer, config, dir);
  const eosIds = [
    ...new Set([...generationConfig.eosIds, ...config.eosIds, ...(tokenizer.eosId === null ? [] : [tokenizer.eosId])]),
  ];
  return { tokenizer, template: chatTemplate, encoder: createPairEncoder(tokenizer, chatTemplate, eosIds), eosIds };
}

/** What a graph over a model's weights needs of it. */
export type ModelWeights = Pick<EngineModel, 'folder' | 'precision' | 'stored' | 'externalDataFolder'>;

/**
 * The model in another precision. The int4 form is made at its first use and kept in `cacheFolder`; `onProgress` hears
 * of each tensor meanwhile. Throws `does-not-fit-disk`, `disk-full`, `folder-not-writable`.
 */
export async function inPrecision(
  model: EngineModel,
  precision: Precision,
  cacheFolder: string,
  onProgress?: QuantizedProgress,
): Promise<EngineModel> {
  if (precision.storage === 'as stored') return { ...model, precision };
  return { ...model, precision, ...(await blockQuantizedModel(model.folder, cacheFolder, onProgress)) };
}

/**
 * The model of a short task in its precision; `write` gets a `quantized` event for each tensor of an int4 form being
 * made.
 */
export async function openComputedModel(
  { path, weights, precision, cacheFolder }: Omit<ComputedModel, 'checkpoint'>,
  template: TemplateName,
  write: (event: QuantizedEvent) => void,
): Promise<EngineModel> {
  return inPrecision(await openEngineModel(path, template, undefined, weights), precision, cacheFolder, (done, total) =>
    write({ event: 'quantized', done, total }),
  );
}
