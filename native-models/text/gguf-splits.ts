import { z } from 'zod';

const gpt2 = 'ByteLevel';

/**
 * How texts are split before BPE, as a tokenizer.json has it and as llama.cpp calls it (llama-vocab.cpp, `load` of the
 * pre-tokenizers).
 */
const splits: readonly { readonly parts: readonly string[]; readonly name: string }[] = [
  { name: 'gpt-2', parts: [gpt2] },
  { name: 'smollm', parts: ['Digits', gpt2] },
  {
    name: 'llama-bpe',
    parts: [
      String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}` +
        String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    ],
  },
  {
    name: 'qwen2',
    parts: [
      String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}` +
        String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    ],
  },
  {
    name: 'tekken',
    parts: [
      String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` +
        String.raw`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*` +
        String.raw`|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    ],
  },
];

const preTokenizer = z.looseObject({
  type: z.string(),
  pretokenizers: z.array(z.unknown()).optional(),
  pattern: z.looseObject({ Regex: z.string() }).optional(),
  individual_digits: z.boolean().optional(),
  add_prefix_space: z.boolean().optional(),
  use_regex: z.boolean().optional(),
});

/** llama.cpp's name for the split of a `pre_tokenizer`; `null` where it has none. */
export function splitName(json: unknown): string | null {
  const parts = partsOf(json);
  if (parts === null) return null;
  return (
    splits.find(
      (known) => known.parts.length === parts.length && known.parts.every((part, index) => part === parts[index]),
    )?.name ?? null
  );
}

/**
 * What splits, in order: patterns, digits one by one, and a ByteLevel that splits as GPT-2 does; one that only maps
 * bytes is left out.
 */
function partsOf(json: unknown): readonly string[] | null {
  const found = preTokenizer.safeParse(json);
  if (!found.success) return null;
  const {
    type,
    pretokenizers,
    pattern,
    individual_digits: individual,
    add_prefix_space: prefix,
    use_regex: splitsToo,
  } = found.data;
  if (type === 'Sequence') {
    const inner = (pretokenizers ?? []).map(partsOf);
    return inner.some((parts) => parts === null) ? null : inner.flatMap((parts) => parts ?? []);
  }
  if (type === 'Split' && pattern !== undefined) return [pattern.Regex];
  if (type === 'Digits' && individual === true) return ['Digits'];
  if (type === 'ByteLevel' && prefix !== true) return splitsToo === false ? [] : [gpt2];
  return null;
}
