/**
 * Dataset and model text is hostile: control characters and direction overrides are shown by name instead of taking
 * effect, so that what a reviewer reads is what the model is trained on. Tab, newline and the joiner inside an emoji
 * stay.
 */
const hidden = /(?![\t\n])(?!(?<=\p{Extended_Pictographic}\ufe0f?)\u200d)[\p{Cc}\p{Cf}]/gu;

export interface TextPart {
  readonly text: string;
  /** True for a stand-in like `U+202E`. */
  readonly replaced: boolean;
}

/** Splits a text into readable parts and named stand-ins for characters nobody can see. */
export function visibleText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), replaced: false });
    const codePoint = match[0].codePointAt(0) ?? 0;
    parts.push({ text: `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`, replaced: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), replaced: false });
  return parts;
}
