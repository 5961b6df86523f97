import type { StoredWeight } from '../architectures/weights.ts';
import { type ModelFolder, openModelFolder } from '../formats/model-folder.ts';
import { storedModel } from '../runtime/stored-model.ts';
import { type ChatTemplate, loadTemplate } from '../text/chat-template.ts';
import { type PairEncoder, createPairEncoder } from '../text/encode-pair.ts';
import { type Tokenizer, loadTokenizer, requireFittingTokenizer } from '../text/tokenizer.ts';
import type { TemplateName } from './job.ts';

/** A model folder opened for the engine: where its weights lie, and how text becomes tokens. */
export interface EngineModel {
  readonly folder: ModelFolder;
  readonly stored: ReadonlyMap<string, StoredWeight>;
  readonly externalDataFolder: string;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly encoder: PairEncoder;
  /** Every id that ends a text. */
  readonly eosIds: readonly number[];
}

/** Opens a model with its tokenizer and template; `clock` is the moment a template with a date sees. */
export async function openEngineModel(path: string, template: TemplateName, clock?: Date): Promise<EngineModel> {
  const folder = await openModelFolder(path);
  const [tokenizer, chatTemplate] = await Promise.all([loadTokenizer(folder.dir), loadTemplate(folder.dir, template, clock)]);
  requireFittingTokenizer(tokenizer, folder.config, folder.dir);
  const eosIds = [...new Set([...folder.generationConfig.eosIds, ...folder.config.eosIds, ...(tokenizer.eosId === null ? [] : [tokenizer.eosId])])];
  return { folder, ...storedModel(folder), tokenizer, template: chatTemplate, encoder: createPairEncoder(tokenizer, chatTemplate, eosIds), eosIds };
}
