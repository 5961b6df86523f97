import { z } from 'zod';

/** The split of GPT-2 that a ByteLevel pre-tokenizer does by itself (openai/gpt-2, encoder.py). */
const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** Bytes that print as the character of their number; the others are U+0100 and on, in their order. */
const isPrinted = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;

/** The bytes that a byte-level vocabulary has no token for. */
export function missingBytes(vocabulary: object): readonly number[] {
  const bytes = [...Array(256).keys()];
  const others = bytes.filter((byte) => !isPrinted(byte));
  return bytes.filter(
    (byte) => !Object.hasOwn(vocabulary, String.fromCodePoint(isPrinted(byte) ? byte : 256 + others.indexOf(byte))),
  );
}

const sequence = z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.array(z.unknown()) });
const byteLevel = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.literal(false),
  use_regex: z.literal(true).optional(),
});

/**
 * Writes the split inside ByteLevel pre-tokenizers out as a Split of its own. The library's ByteLevel takes
 * JavaScript's `\s`, in which U+FEFF is white space and U+0085 is not; the reference implementation follows
 * Unicode, and so does the library's Split. One that adds a space first is left alone: its order matters.
 */
export function withUnicodeSplit(preTokenizer: unknown): unknown {
  const list = sequence.safeParse(preTokenizer);
  if (list.success) return { ...list.data, pretokenizers: list.data.pretokenizers.map(withUnicodeSplit) };
  const found = byteLevel.safeParse(preTokenizer);
  if (!found.success) return preTokenizer;
  const split = { type: 'Split', pattern: { Regex: gpt2Pattern }, behavior: 'Isolated', invert: false };
  return { type: 'Sequence', pretokenizers: [split, { ...found.data, use_regex: false }] };
}
