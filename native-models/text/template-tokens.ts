import type { PairTexts } from './encode-pair.ts';
import type { Tokenizer } from './tokenizer.ts';

/**
 * The special tokens of a model, such as `<|im_start|>`, that stand in these texts, each once, in the order of their
 * ids. In a prompt or an answer they are a sign that it was rendered with a template beforehand: rendered again, it has
 * two.
 */
export function templateTokensIn(
  { specialTexts }: Pick<Tokenizer, 'specialTexts'>,
  texts: readonly string[],
): readonly string[] {
  return specialTexts.filter((token) => texts.some((text) => text.includes(token)));
}

/** The special tokens in any text of a pair. */
export function templateTokensOfPair(
  tokenizer: Pick<Tokenizer, 'specialTexts'>,
  { prompt, chosen, rejected }: PairTexts,
): readonly string[] {
  return templateTokensIn(tokenizer, [...prompt.map(({ content }) => content), chosen, rejected]);
}
