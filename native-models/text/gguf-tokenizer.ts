import { join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../failure.ts';
import type { GgufMetadata, GgufValue } from '../formats/gguf/value.ts';
import { parseFields, readJsonFile } from '../files/json-file.ts';
import type { ModelFolder } from '../model-folder/model-folder.ts';
import { splitName } from './gguf-splits.ts';
import { addsBos, type PromptFormat } from './prompt-format.ts';
import type { Tokenizer } from './tokenizer.ts';

/** llama.cpp's kinds of tokens (`llama_token_type`). */
const kind = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

const schema = z.looseObject({
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  model: z.looseObject({
    type: z.literal('BPE', 'expected "BPE", the only kind of tokenizer that can be written as GGUF'),
    vocab: z.record(z.string(), z.int().min(0)),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()]).transform((pair) => pair.join(' '))])),
    byte_fallback: z.boolean().nullish(),
  }),
  added_tokens: z.array(z.looseObject({ id: z.int().min(0), content: z.string(), special: z.boolean() })).nullish(),
});

type TokenizerJson = z.infer<typeof schema>;

const byteToken = /^<0x[0-9A-F]{2}>$/;

/**
 * The tokenizer of a model folder as llama.cpp keeps it: byte-level BPE under the name of its split, or SentencePiece's
 * BPE. Every row of the embedding gets a token, unused ones too. The run's prompt format goes along. Throws
 * `gguf-tokenizer-not-supported` for a tokenizer that llama.cpp would apply otherwise.
 */
export async function ggufTokenizer(
  folder: TextFolder,
  tokenizer: Tokenizer,
  format: PromptFormat,
): Promise<GgufMetadata> {
  const { json, file } = await readTokenizerJson(folder.dir);
  const { tokens, kinds } = vocabularyOf(json, folder.config.vocabularySize, tokenizer.special.unk);
  const ids = specialIds(folder, tokenizer, tokens);
  return new Map<string, GgufValue>([
    ...(json.model.byte_fallback === true ? sentencePiece(json, tokens) : byteLevel(json, file)),
    ['tokenizer.ggml.tokens', { type: 'string[]', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'int32[]', value: kinds }],
    ...Object.entries(ids).flatMap(([name, id]) =>
      id === null || id === undefined
        ? []
        : [[`tokenizer.ggml.${name}_token_id`, { type: 'uint32', value: id }] as const],
    ),
    ['tokenizer.ggml.add_bos_token', { type: 'bool', value: addsBos(tokenizer, format) }],
    ['tokenizer.ggml.add_eos_token', { type: 'bool', value: false }],
    ['tokenizer.chat_template', { type: 'string', value: format.template.source }],
  ]);
}

/** What decides which tokens begin, end and fill texts. */
type TextFolder = Pick<ModelFolder, 'dir' | 'config' | 'rawConfig' | 'generationConfig'>;

/** Ends of text that llama.cpp knows by name; a token of such a name needs no key of its own. */
const knownEnds: ReadonlySet<string> = new Set([
  '<|eot_id|>',
  '<|eom_id|>',
  '<|im_end|>',
  '<|end|>',
  '<end_of_turn>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<EOT>',
]);

/**
 * Tokenizer first, then config.json and generation_config.json, as gguf-py's `SpecialVocab` completes them. Of several
 * ends of text the one that training appends is EOS; two more have keys of their own.
 */
function specialIds(
  { config, rawConfig, generationConfig }: TextFolder,
  tokenizer: Tokenizer,
  tokens: readonly string[],
): { readonly [name: string]: number | null | undefined } {
  const stated = (field: string): number | null => {
    const id = rawConfig[field];
    return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < config.vocabularySize ? id : null;
  };
  const eos = tokenizer.eosId ?? generationConfig.eosIds[0] ?? config.eosIds[0] ?? null;
  const ends = new Set([...generationConfig.eosIds, ...config.eosIds]);
  const [eot, eom] = [...ends].filter((id) => id !== eos && !knownEnds.has(tokens[id] ?? ''));
  return {
    bos: tokenizer.bosId ?? config.bosId ?? generationConfig.bosId,
    eos,
    eot,
    eom,
    padding: tokenizer.padId ?? stated('pad_token_id') ?? generationConfig.padId,
    unknown: tokenizer.unkId ?? stated('unk_token_id'),
  };
}

/** Throws `gguf-tokenizer-not-supported` where {@link ggufTokenizer} would. */
export async function requireGgufTokenizer(dir: string): Promise<void> {
  const { json, file } = await readTokenizerJson(dir);
  if (json.model.byte_fallback !== true) requireSplitName(json, file);
}

async function readTokenizerJson(dir: string): Promise<{ readonly json: TokenizerJson; readonly file: string }> {
  const file = join(dir, 'tokenizer.json');
  return { json: parseFields(schema, await readJsonFile(file), file, 'gguf-tokenizer-not-supported'), file };
}

function requireSplitName(json: TokenizerJson, file: string): string {
  const split = splitName(json.pre_tokenizer);
  if (split !== null) return split;
  throw badInput(
    'gguf-tokenizer-not-supported',
    `${file}: llama.cpp does not split texts as this tokenizer's pre_tokenizer does, and would make other ` +
      'tokens of the same text. Export the whole model as safetensors instead.',
    { file },
  );
}

function vocabularyOf(
  json: TokenizerJson,
  size: number,
  unknown: string | null,
): { readonly tokens: readonly string[]; readonly kinds: readonly number[] } {
  const tokens = Array.from({ length: size }, (_, id) => `[PAD${id}]`);
  const kinds = Array.from({ length: size }, (): number => kind.unused);
  for (const [token, id] of Object.entries(json.model.vocab)) {
    tokens[id] = token;
    kinds[id] = json.model.byte_fallback === true && byteToken.test(token) ? kind.byte : kind.normal;
  }
  for (const { id, content, special } of json.added_tokens ?? []) {
    tokens[id] = content;
    kinds[id] = content === unknown ? kind.unknown : special ? kind.control : kind.userDefined;
  }
  return { tokens, kinds };
}

function byteLevel(json: TokenizerJson, file: string): readonly (readonly [string, GgufValue])[] {
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: requireSplitName(json, file) }],
    ['tokenizer.ggml.merges', { type: 'string[]', value: json.model.merges }],
  ];
}

/** llama.cpp joins the pair whose result has the highest score, so a score says how early the result is merged. */
function sentencePiece(json: TokenizerJson, tokens: readonly string[]): readonly (readonly [string, GgufValue])[] {
  const rank = new Map<string, number>();
  for (const [index, merge] of json.model.merges.entries()) {
    const result = merge.replace(' ', '');
    if (!rank.has(result)) rank.set(result, index);
  }
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'llama' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'default' }],
    ['tokenizer.ggml.scores', { type: 'float32[]', value: tokens.map((token) => -(rank.get(token) ?? 0)) }],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: addsSpacePrefix(json) }],
  ];
}

const part = z.looseObject({
  type: z.string(),
  prepend_scheme: z.string().optional(),
  normalizers: z.array(z.unknown()).optional(),
});

function addsSpacePrefix({ normalizer, pre_tokenizer: preTokenizer }: TokenizerJson): boolean {
  const prepends = (value: unknown): boolean => {
    const found = part.safeParse(value);
    if (!found.success) return false;
    const { type, prepend_scheme: scheme, normalizers } = found.data;
    return type === 'Prepend' || (type === 'Metaspace' && scheme !== 'never') || (normalizers ?? []).some(prepends);
  };
  return prepends(normalizer) || prepends(preTokenizer);
}
