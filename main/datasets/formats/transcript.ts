import type { Message } from '../../../preload/contract/pairs.ts';

const turn = /(?:^|\n\n)(Human|Assistant):/g;

/**
 * Whether a text is an Anthropic transcript: it starts with a `Human:` turn and has an `Assistant:` turn after it. A
 * question that only begins with the word is none.
 */
export function isTranscript(text: string): boolean {
  return /^\s*Human:[\s\S]*\n\nAssistant:/.test(text);
}

/**
 * The turns of an Anthropic transcript (`\n\nHuman: ...\n\nAssistant: ...`), contents trimmed. A last, empty Assistant
 * turn is kept: it marks where a response goes, or that the response is empty.
 */
export function transcriptTurns(text: string): Message[] {
  const trimmed = text.trimStart();
  const marks = [...trimmed.matchAll(turn)];
  return marks.map((mark, index) => ({
    role: mark[1] === 'Human' ? 'user' : 'assistant',
    content: trimmed.slice(mark.index + mark[0].length, marks[index + 1]?.index ?? trimmed.length).trim(),
  }));
}
