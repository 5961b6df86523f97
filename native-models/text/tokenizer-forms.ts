import { z } from 'zod';
import { badInput } from '../failure.ts';
import { missingBytes, withUnicodeSplit } from './byte-level.ts';

/** A part of `tokenizer.json` by its `type`, and what it consists of. */
const part = z.looseObject({ type: z.string() });
const sequenceParts = ['normalizers', 'pretokenizers'];

const text = z.object({ String: z.string() });
const regex = z.object({ Regex: z.string() });
const replacement = z.looseObject({
  type: z.literal('Replace'),
  pattern: z.union([text, regex]),
  content: z.string().regex(/^[^$]*$/),
});
const normalizers = z.union([
  z.looseObject({ type: z.enum(['NFC', 'NFD', 'NFKC', 'NFKD', 'StripAccents']) }),
  z.looseObject({ type: z.literal('Prepend'), prepend: z.string() }),
  replacement,
]);
const isolated = { type: z.literal('Split'), behavior: z.literal('Isolated'), invert: z.literal(false).optional() };
const preTokenizers = z.union([
  z.looseObject({ type: z.enum(['ByteLevel', 'Metaspace', 'Digits']) }),
  z.looseObject({ type: z.literal('Punctuation'), behavior: z.enum(['Isolated', 'Contiguous']).optional() }),
  z.looseObject({ ...isolated, pattern: z.union([text, regex]) }),
  z.looseObject({
    type: z.literal('Split'),
    behavior: z.literal('Removed'),
    invert: z.boolean().optional(),
    pattern: regex,
  }),
]);

const punctuation = String.raw`\p{P}$+<=>^` + '`|~';
const digits = z.looseObject({ type: z.literal('Digits'), individual_digits: z.boolean().optional() });
const punctuated = z.looseObject({
  type: z.literal('Punctuation'),
  behavior: z.enum(['Isolated', 'Contiguous']).optional(),
});

/** The parts of `tokenizer.json` that decide where texts are cut. */
export interface TokenizerForms {
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly added_tokens?:
    | readonly { readonly id: number; readonly content: string; readonly single_word?: boolean | undefined }[]
    | null
    | undefined;
  readonly model: { readonly vocab: object; readonly dropout?: unknown; readonly continuing_subword_prefix?: unknown };
}

/**
 * The pre-tokenizer as the library has to have it to cut as the Rust tokenizers do. Throws
 * `tokenizer-form-not-supported`, naming the field, for what the library does otherwise or what nobody compared.
 */
export function libraryPreTokenizer(forms: TokenizerForms, file: string): unknown {
  const refuse = (field: string, value: unknown): never => {
    const shown = JSON.stringify(value)?.slice(0, 200) ?? 'nothing';
    throw badInput(
      'tokenizer-form-not-supported',
      `${file}: ${field} is ${shown}, which this program does not cut as the model's own tokenizer does. ` +
        'Choose another model.',
      { file, field, value: shown },
    );
  };
  each('normalizer', forms.normalizer, (field, value) => normalizers.safeParse(value).success || refuse(field, value));
  each(
    'pre_tokenizer',
    forms.pre_tokenizer,
    (field, value) => preTokenizers.safeParse(value).success || refuse(field, value),
  );
  for (const token of forms.added_tokens ?? [])
    if (token.single_word === true) refuse(`added_tokens: "${token.content}"`, { single_word: true });
  const ids: { readonly [token: string]: unknown } = Array.isArray(forms.model.vocab) ? {} : Object(forms.model.vocab);
  for (const { content, id } of forms.added_tokens ?? [])
    if (Object.hasOwn(ids, content) && ids[content] !== id)
      refuse(`added_tokens: "${content}"`, { id, vocab: ids[content] });
  for (const name of ['dropout', 'continuing_subword_prefix'] as const) {
    const value = forms.model[name] ?? null;
    if (value !== null && value !== 0 && value !== '') refuse(`model.${name}`, value);
  }
  return withSplits(forms.pre_tokenizer ?? null);
}

/** Goes through a part and the parts of a sequence. */
function each(field: string, value: unknown, check: (field: string, value: unknown) => unknown): void {
  if (value === null || value === undefined) return;
  const found = part.safeParse(value);
  const list = sequenceParts
    .map((name) => (found.success && found.data.type === 'Sequence' ? found.data[name] : undefined))
    .find(Array.isArray);
  if (list === undefined) check(field, value);
  else list.forEach((item: unknown, index) => each(`${field}[${index}]`, item, check));
}

/**
 * A check of texts for a byte-level vocabulary that lacks some bytes: where a byte has no token, the Rust library
 * merges what stands on both sides of it, and this one does not. It throws `tokenizer-form-not-supported`, naming the
 * character.
 */
export function byteCheck(forms: TokenizerForms, file: string): (text: string) => void {
  let usesBytes = false;
  each('pre_tokenizer', forms.pre_tokenizer, (_field, value) => {
    usesBytes ||= part.safeParse(value).data?.type === 'ByteLevel';
  });
  const missing = new Set(usesBytes ? missingBytes(forms.model.vocab) : []);
  if (missing.size === 0) return () => undefined;
  const added = (forms.added_tokens ?? []).map(({ content }) => content);
  return (text) => {
    const bare = added.reduce((rest, token) => rest.replaceAll(token, ''), text);
    const character = Array.from(bare).find((point) => Buffer.from(point).some((byte) => missing.has(byte)));
    if (character === undefined) return;
    throw badInput(
      'tokenizer-form-not-supported',
      `${file}: model.vocab has no token for a byte of "${character}", and this program does not pass over ` +
        `it as the model's own tokenizer does. Take the texts with it out of the data, or choose another ` +
        'model.',
      { file, field: 'model.vocab', character },
    );
  };
}

/**
 * Digits and punctuation become regular expressions: the library knows ASCII digits only, and ignores what is asked of
 * punctuation.
 */
function withSplits(value: unknown): unknown {
  const list = z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.array(z.unknown()) }).safeParse(value);
  if (list.success) return { ...list.data, pretokenizers: list.data.pretokenizers.map(withSplits) };
  const digit = digits.safeParse(value);
  if (digit.success) return splitAt(digit.data.individual_digits === true ? String.raw`\p{N}` : String.raw`\p{N}+`);
  const mark = punctuated.safeParse(value);
  if (mark.success) return splitAt(`[${punctuation}]${mark.data.behavior === 'Contiguous' ? '+' : ''}`);
  return withUnicodeSplit(value);
}

function splitAt(pattern: string): unknown {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}
