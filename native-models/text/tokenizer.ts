import { join } from 'node:path';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { z } from 'zod';
import type { DecoderConfig } from '../families/decoder-config.ts';
import { badInput } from '../failure.ts';
import { isNotFound, parseFields, readJsonFile } from '../files/json-file.ts';
import { byteCheck, libraryPreTokenizer } from './tokenizer-forms.ts';
import { readTokenizerSettings, type SpecialTokens, type TokenizerSettings } from './special-tokens.ts';

/** Text to token ids and back, as the model's `tokenizer.json` says. */
export interface Tokenizer {
  readonly special: SpecialTokens;
  readonly bosId: number | null;
  readonly eosId: number | null;
  /** `null` also for a padding token outside the vocabulary: padding is masked and never looked up. */
  readonly padId: number | null;
  readonly unkId: number | null;
  /** Whether the model expects plain texts to begin with BOS. */
  readonly addsBos: boolean;
  /** The highest id + 1, added tokens included. */
  readonly idLimit: number;
  /** The number of tokens, added ones included. */
  readonly size: number;
  /** Throws `tokenizer-form-not-supported` for a text with a byte that a byte-level vocabulary has no token for. */
  requireBytes(text: string): void;
  /**
   * Special tokens written in the text become their ids. With `addSpecialTokens`, BOS comes first where the model
   * expects it and the text does not begin with it.
   */
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): number[];
  /** Ids without a token (a padded vocabulary has some) give no text. Spaces before punctuation stay as they are. */
  decode(ids: readonly number[], options?: { readonly skipSpecialTokens?: boolean }): string;
  /** The texts of the special tokens, in the order of their ids. */
  readonly specialTexts: readonly string[];
  /** Whether an id is a special token (BOS, end of turn, ...). */
  isSpecial(id: number): boolean;
}

/** Far beyond any vocabulary; the library counts up to the highest number. */
const mostTokens = 4_194_304;

/** Its 150,000 entries are the library's to read; checking each here would double the time to load. */
const vocab = z.custom<object>((value) => typeof value === 'object' && value !== null, 'expected the vocabulary');
const schema = z.looseObject({
  model: z.looseObject(
    {
      type: z.string().nullish(),
      vocab,
      dropout: z.unknown().optional(),
      continuing_subword_prefix: z.unknown().optional(),
    },
    'expected the tokenizer model',
  ),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  added_tokens: z
    .array(
      z.looseObject({
        id: z.int().min(0).max(mostTokens, 'expected the number of a token'),
        content: z.string(),
        single_word: z.boolean().optional(),
      }),
      'expected a list of added tokens',
    )
    .nullish(),
});

/**
 * Loads the tokenizer of a model folder. Truncation and padding that were saved into `tokenizer.json` are left out:
 * they would cut training texts in silence. Throws `tokenizer-missing`, `tokenizer-form-not-supported`,
 * `tokenizer-invalid`, `tokenizer-config-invalid` or `special-token-unknown`.
 */
export async function loadTokenizer(dir: string): Promise<Tokenizer> {
  const file = join(dir, 'tokenizer.json');
  const settings = await readTokenizerSettings(dir);
  const { library, checkBytes } = await build(file, settings);
  const idOf = (text: string | null): number | null => (text === null ? null : (library.token_to_id(text) ?? null));
  const bosId = required(idOf(settings.special.bos), 'bos_token', settings.special.bos, settings.file);
  const eosId = required(idOf(settings.special.eos), 'eos_token', settings.special.eos, settings.file);
  const vocabulary = library.get_vocab(true);
  const specialIds = new Set(
    [...library.get_added_tokens_decoder()].filter(([, { special }]) => special).map(([id]) => id),
  );
  const { starts, addsBos } = plainTextStart(library, bosId, settings, file);
  return {
    special: settings.special,
    bosId,
    eosId,
    padId: idOf(settings.special.pad),
    unkId: idOf(settings.special.unk),
    addsBos,
    idLimit: [...vocabulary.values()].reduce((most, id) => Math.max(most, id), -1) + 1,
    size: vocabulary.size,
    requireBytes: checkBytes,
    encode(text, { addSpecialTokens = false } = {}) {
      const { ids } = library.encode(text, { add_special_tokens: false });
      return addSpecialTokens && ids[0] !== starts[0] ? [...starts, ...ids] : ids;
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      const known = ids.filter(
        (id) => library.id_to_token(id) !== undefined && !(skipSpecialTokens && specialIds.has(id)),
      );
      return known.length === 0 ? '' : library.decode(known, { clean_up_tokenization_spaces: false });
    },
    specialTexts: [...specialIds].sort((left, right) => left - right).flatMap((id) => library.id_to_token(id) ?? []),
    isSpecial: (id) => specialIds.has(id),
  };
}

/**
 * What a plain text begins with: what the post-processor puts before it, as transformers does, or BOS where
 * `add_bos_token` is true. `add_bos_token: false` says nothing, since transformers 5 does not read it. What the
 * post-processor puts after a text must be EOS, which each answer gets anyway. Throws `tokenizer-form-not-supported`.
 */
function plainTextStart(
  library: Library,
  bosId: number | null,
  { addBos, special }: TokenizerSettings,
  file: string,
): { readonly starts: readonly number[]; readonly addsBos: boolean } {
  const bare: readonly number[] = library.encode('a', { add_special_tokens: false }).ids;
  const ids: readonly number[] = library.encode('a').ids;
  const length = ids.length - bare.length;
  const before = [...Array(length + 1).keys()].find((count) => bare.every((id, index) => id === ids[count + index]));
  const after = before === undefined ? [] : ids.slice(before + bare.length);
  const eosId = special.eos === null ? undefined : library.token_to_id(special.eos);
  if (before === undefined || before > 1 || after.length > 1 || after.some((id) => id !== eosId)) {
    throw badInput(
      'tokenizer-form-not-supported',
      `${file}: post_processor adds the tokens ${ids.join(', ')} to the text "a"; at most one before and ` +
        'EOS after are supported. Choose another model.',
      { file, field: 'post_processor' },
    );
  }
  const starts = before === 0 && addBos === true && bosId !== null ? [bosId] : ids.slice(0, before);
  return { starts, addsBos: starts.length > 0 };
}

/** Throws `tokenizer-does-not-fit-model` where a token has no row in the model's embedding. */
export function requireFittingTokenizer(tokenizer: Tokenizer, config: DecoderConfig, dir: string): void {
  if (tokenizer.idLimit <= config.vocabularySize) return;
  throw badInput(
    'tokenizer-does-not-fit-model',
    `${join(dir, 'tokenizer.json')} has token ids up to ${tokenizer.idLimit - 1}, but ` +
      `${join(dir, 'config.json')} gives the model ${config.vocabularySize} tokens (vocab_size). Use tokenizer ` +
      'and model of one release.',
    { folder: dir, highestId: tokenizer.idLimit - 1, vocabularySize: config.vocabularySize },
  );
}

async function build(
  file: string,
  settings: TokenizerSettings,
): Promise<{ readonly library: Library; readonly checkBytes: (text: string) => void }> {
  const raw = parseFields(schema, await readTokenizerJson(file), file, 'tokenizer-invalid');
  const added = raw.added_tokens ?? [];
  const known = new Set(added.map(({ id }) => id));
  const more = settings.addedTokens
    .filter(({ id }) => !known.has(id))
    .map(({ id, content, special, fields }) => ({ ...fields, id, content, special }));
  const forms = { ...raw, added_tokens: [...added, ...more] };
  const preTokenizer = libraryPreTokenizer(forms, file);
  try {
    return {
      library: new Library(
        {
          normalizer: null,
          post_processor: null,
          decoder: null,
          ...raw,
          pre_tokenizer: preTokenizer,
          added_tokens: [...added, ...more],
          truncation: null,
          padding: null,
        },
        {},
      ),
      checkBytes: byteCheck(forms, file),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw badInput(
      'tokenizer-invalid',
      `${file} cannot be used: ${reason}. Get it again from where the model came from, or save it again ` +
        'with a current version of transformers.',
      { file, reason },
      { cause: error },
    );
  }
}

async function readTokenizerJson(file: string): Promise<unknown> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw badInput(
      'tokenizer-missing',
      `${file} does not exist. A tokenizer.model alone is not read: load the tokenizer with transformers ` +
        'and save it with save_pretrained, which writes tokenizer.json.',
      { file },
      { cause: error },
    );
  }
}

function required(id: number | null, field: string, text: string | null, file: string): number | null {
  if (text !== null && id === null)
    throw badInput(
      'special-token-unknown',
      `${file}: ${field} is "${text}", which is not in tokenizer.json. Use tokenizer files of one release.`,
      { file, field, value: text },
    );
  return id;
}
