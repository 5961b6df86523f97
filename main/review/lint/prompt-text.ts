import type { Message } from '../../../preload/contract/pairs.ts';

/** The contents of a prompt's messages, one below the other. */
export function promptText(json: string): string {
  const messages: readonly Message[] = JSON.parse(json);
  return messages.map(({ content }) => content).join('\n');
}
