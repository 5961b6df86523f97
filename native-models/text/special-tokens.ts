import { join } from 'node:path';
import { z } from 'zod';
import { parseFields, readOptionalJsonFile } from '../files/json-file.ts';

/** The texts of a model's special tokens; `null` where it has none. */
export interface SpecialTokens {
  readonly bos: string | null;
  readonly eos: string | null;
  readonly pad: string | null;
  readonly unk: string | null;
}

const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)], 'expected a token')
  .nullish();
const fields = { bos_token: token, eos_token: token, pad_token: token, unk_token: token };

const addedToken = z.looseObject({ content: z.string(), special: z.boolean().optional() });
const configSchema = z.looseObject({
  ...fields,
  add_bos_token: z.boolean('expected true or false').nullish(),
  chat_template: z
    .union(
      [z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))],
      'expected a template or a list of named ones',
    )
    .nullish(),
  added_tokens_decoder: z
    .record(z.string().regex(/^\d{1,7}$/, 'expected token ids as keys'), addedToken, 'expected an object')
    .nullish(),
});

/** `tokenizer_config.json` as far as it matters here, completed by `special_tokens_map.json`. */
export interface TokenizerSettings {
  readonly file: string;
  readonly special: SpecialTokens;
  /** Whether texts begin with BOS; `null`: the tokenizer's post-processor decides. */
  readonly addBos: boolean | null;
  readonly chatTemplate: string | readonly { readonly name: string; readonly template: string }[] | null;
  readonly addedTokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
    readonly fields: { readonly [field: string]: unknown };
  }[];
}

/**
 * Reads the settings beside a tokenizer; a missing file counts as one that says nothing. Throws
 * `tokenizer-config-invalid`.
 */
export async function readTokenizerSettings(dir: string): Promise<TokenizerSettings> {
  const file = join(dir, 'tokenizer_config.json');
  const mapFile = join(dir, 'special_tokens_map.json');
  const config = parseFields(configSchema, (await readOptionalJsonFile(file)) ?? {}, file, 'tokenizer-config-invalid');
  const map = parseFields(
    z.looseObject(fields),
    (await readOptionalJsonFile(mapFile)) ?? {},
    mapFile,
    'tokenizer-config-invalid',
  );
  return {
    file,
    special: {
      bos: config.bos_token ?? map.bos_token ?? null,
      eos: config.eos_token ?? map.eos_token ?? null,
      pad: config.pad_token ?? map.pad_token ?? null,
      unk: config.unk_token ?? map.unk_token ?? null,
    },
    addBos: config.add_bos_token ?? null,
    chatTemplate: config.chat_template ?? null,
    addedTokens: Object.entries(config.added_tokens_decoder ?? {}).map(([id, added]) => ({
      id: Number(id),
      content: added.content,
      special: added.special ?? false,
      fields: added,
    })),
  };
}
