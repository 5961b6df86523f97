import { Tokenizer, TokenType } from '@streamparser/json';

/**
 * The first key that occurs twice in one object of a valid JSON text, or `null`. JSON.parse keeps the last of the two
 * without a word, and which one another reader keeps is its own affair.
 */
export function findDuplicateKey(json: Uint8Array): string | null {
  const tokenizer = new Tokenizer();
  const open: (Set<string> | null)[] = [];
  let previous: TokenType | null = null;
  let duplicate: string | null = null;
  tokenizer.onToken = ({ token, value }) => {
    const keys = open.at(-1);
    if (token === TokenType.LEFT_BRACE) open.push(new Set());
    else if (token === TokenType.LEFT_BRACKET) open.push(null);
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) open.pop();
    else if (
      keys &&
      token === TokenType.STRING &&
      (previous === TokenType.LEFT_BRACE || previous === TokenType.COMMA)
    ) {
      const key = String(value);
      if (keys.has(key)) duplicate ??= key;
      keys.add(key);
    }
    previous = token;
  };
  tokenizer.write(json);
  return duplicate;
}
