/**
 * Learns a byte-level byte-pair encoding (Sennrich et al. 2016, in the byte alphabet of GPT-2), in the form that
 * tokenizer.json keeps: a vocabulary that holds all 256 bytes, so every text can be encoded, and the merges in order.
 */

export interface BytePairs {
  /** The pieces in the order of their ids: special tokens, the 256 bytes, then a piece a merge. */
  readonly vocabulary: readonly string[];
  readonly merges: readonly (readonly [left: string, right: string])[];
}

/** How GPT-2 cuts text into words before the merges; the tokenizer library's `ByteLevel` uses the same expression. */
const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

interface Word {
  readonly count: number;
  pieces: readonly string[];
}

/**
 * The merges that the texts call for, most frequent pair first (ties: the pair that sorts first), until the vocabulary
 * has `vocabularySize` pieces or every word is one piece.
 */
export function learnBytePairs(
  texts: readonly string[],
  specialTokens: readonly string[],
  vocabularySize: number,
): BytePairs {
  const alphabet = byteAlphabet();
  const words = countWords(texts, alphabet);
  const vocabulary = [...specialTokens, ...[...alphabet].sort()];
  const merges: [string, string][] = [];
  while (vocabulary.length < vocabularySize) {
    const pair = mostFrequentPair(words);
    if (pair === null) break;
    const [left, right] = pair;
    for (const word of words) word.pieces = merged(word.pieces, left, right);
    merges.push([left, right]);
    vocabulary.push(left + right);
  }
  return { vocabulary, merges };
}

/**
 * The printable character that stands for each byte: itself where it is printable, else the next one from U+0100 on.
 */
function byteAlphabet(): readonly string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(printable ? byte : next++);
  });
}

function countWords(texts: readonly string[], alphabet: readonly string[]): readonly Word[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const [word] of text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => ({
    count,
    pieces: [...new TextEncoder().encode(word)].map((byte) => alphabet[byte] ?? ''),
  }));
}

function mostFrequentPair(words: readonly Word[]): readonly [string, string] | null {
  const counts = new Map<string, { readonly pair: readonly [string, string]; count: number }>();
  for (const { pieces, count } of words) {
    for (const [index, right] of pieces.entries()) {
      const left = pieces[index - 1];
      if (left === undefined) continue;
      const key = `${left} ${right}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { pair: [left, right], count });
      else known.count += count;
    }
  }
  const ranked = [...counts].sort(
    ([keyOne, one], [keyTwo, two]) => two.count - one.count || (keyOne < keyTwo ? -1 : 1),
  );
  return ranked[0]?.[1].pair ?? null;
}

function merged(pieces: readonly string[], left: string, right: string): readonly string[] {
  const result: string[] = [];
  for (const piece of pieces) {
    if (piece === right && result.at(-1) === left) result[result.length - 1] = left + right;
    else result.push(piece);
  }
  return result;
}
