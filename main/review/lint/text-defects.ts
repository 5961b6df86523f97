/** U+FFFD, control characters, and UTF-8 read as Windows-1252: "Ã©" for "é", "â€™" for an apostrophe. */
const damage = new RegExp(
  [
    /\uFFFD/u,
    /(?![\t\n\r])\p{Cc}(?<![\u0080-\u009F])/u,
    /Ã[\u0080-\u00BF]/u,
    /Â[\u00A0-\u00BF]/u,
    /â€[\u0090-\u009F\u2018-\u201E\u2122\u0153\u00A6]/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'u',
);

/** The first piece of a text that shows damaged encoding, as code points; `null` where there is none. */
export function encodingDamage(text: string): string | null {
  const found = damage.exec(text)?.[0];
  return found === undefined
    ? null
    : [...found]
        .map((character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
        .join(' ');
}

/** Whether a text has neither letter nor digit. */
export function isEmptyText(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}

const fewestWords = 12;

/**
 * Whether an answer stops in the middle of a sentence: its last line has at least 12 words and ends in a letter, a
 * digit, a comma or an opening bracket. Short last lines are left out, since list items, titles and code end without a
 * stop.
 */
export function looksTruncated(text: string): boolean {
  const lastLine = text.trimEnd().split('\n').at(-1) ?? '';
  if (!/[\p{L}\p{N},;(\-–]$/u.test(lastLine) || /https?:\/\/\S+$/.test(lastLine)) return false;
  return lastLine.trim().split(/\s+/).length >= fewestWords;
}

/**
 * The text with Unicode NFKC, lower case and single spaces: texts that differ only in white space or case become equal.
 */
export function normalised(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}
