import type { Tokenizer } from './tokenizer.ts';

/** Tokens that together make whole characters, and the text they stand for. */
export interface TokenSpan {
  readonly ids: readonly number[];
  readonly text: string;
  readonly special: boolean;
}

/** Turns token ids into text one at a time, without ever giving half a character. */
export interface TextStream {
  /** The text that has become certain with this id; may be empty. */
  push(id: number): string;
  /** What is left at the end, bytes that make no character shown as U+FFFD. */
  finish(): string;
}

/**
 * A stream whose pieces joined are `tokenizer.decode` of all ids. What a token means can depend on the ones before it
 * (a leading space, a character of several byte tokens), so each piece is the growth of a short window: the tokens of
 * the last piece, for context, and those not shown yet.
 */
export function createTextStream(
  tokenizer: Tokenizer,
  options: { readonly skipSpecialTokens?: boolean } = {},
): TextStream {
  let shown: number[] = [];
  let pending: number[] = [];
  const grown = (): string =>
    tokenizer.decode([...shown, ...pending], options).slice(tokenizer.decode(shown, options).length);
  return {
    push(id) {
      pending.push(id);
      const text = grown();
      if (text === '' || text.endsWith('\uFFFD')) return '';
      shown = pending;
      pending = [];
      return text;
    },
    finish() {
      const text = pending.length === 0 ? '' : grown();
      shown = [];
      pending = [];
      return text;
    },
  };
}

/**
 * Cuts a token sequence into the smallest spans of whole characters, special tokens visible, for showing what the model
 * reads.
 */
export function tokenSpans(tokenizer: Tokenizer, ids: readonly number[]): TokenSpan[] {
  const spans: TokenSpan[] = [];
  const stream = createTextStream(tokenizer);
  let open: number[] = [];
  const close = (text: string, special: boolean): void => {
    spans.push({ ids: open, text, special });
    open = [];
  };
  for (const id of ids) {
    const special = tokenizer.isSpecial(id);
    if (special && open.length > 0) close(stream.finish(), false);
    open.push(id);
    const text = stream.push(id);
    if (text !== '' || special) close(text, special);
  }
  if (open.length > 0) close(stream.finish(), false);
  return spans;
}
