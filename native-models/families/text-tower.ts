import type { Family } from './family.ts';

/** A model that sees more than text; the text model inside it can be trained alone. */
interface Whole {
  readonly name: string;
  readonly architecture: string;
  readonly models: string;
}

const wholes: readonly Whole[] = [
  { name: 'gemma3', architecture: 'Gemma3ForConditionalGeneration', models: 'the text part of Gemma 3 from 4B on' },
  {
    name: 'mistral3',
    architecture: 'Mistral3ForConditionalGeneration',
    models: 'the text part of Mistral Small 3.1 and later and of Ministral 3',
  },
];

/** What the whole says for its text part too, unless `text_config` says otherwise. */
const inherited = [
  'bos_token_id',
  'eos_token_id',
  'pad_token_id',
  'dtype',
  'torch_dtype',
  'quantization_config',
  'tie_word_embeddings',
  'transformers_weights',
] as const;

type Fields = { readonly [field: string]: unknown };

/** `config.json` of the text model alone. */
export interface TextTower {
  /** The architecture of the whole. */
  readonly partOf: string;
  readonly json: Fields;
}

/** The text model in a parsed `config.json` of a model that sees more; `null` where the model is all text. */
export function textTower(json: unknown, families: readonly Family[]): TextTower | null {
  const { model_type: type, text_config: text, ...whole }: Fields = { ...Object(json) };
  const found = wholes.find(({ name }) => name === type);
  if (found === undefined || typeof text !== 'object' || text === null) return null;
  const shared = Object.fromEntries(
    inherited.flatMap((field) => (whole[field] === undefined ? [] : [[field, whole[field]] as const])),
  );
  const stated: Fields = { ...shared, ...text };
  const family = families.find(({ name }) => name === stated['model_type']);
  return {
    partOf: found.architecture,
    json: { ...stated, ...(family === undefined ? {} : { architectures: [family.architecture] }) },
  };
}

/** What can be trained of models that see more than text, as people know them. */
export const towerModels = wholes.map(({ models }) => models);
