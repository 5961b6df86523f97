import { z } from 'zod';

/** The split of GPT-2 that a ByteLevel pre-tokenizer does by itself (openai/gpt-2, encoder.py). */
const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** The characters that stand for the bytes of UTF-8 in a byte-level vocabulary: those that print as themselves, and 68 from U+0100 on. */
export const byteCharacters: readonly string[] = [[33, 126], [161, 172], [174, 191], [194, 244], [256, 323]].flatMap(([from = 0, to = 0]) => Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index)));

const sequence = z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.array(z.unknown()) });
const byteLevel = z.looseObject({ type: z.literal('ByteLevel'), add_prefix_space: z.literal(false), use_regex: z.literal(true).optional() });

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
