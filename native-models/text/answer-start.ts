import { badInput } from '../failure.ts';
import type { ChatMessage, ChatTemplate } from './chat-template.ts';

/**
 * Where the answers begin: the number of tokens that the prompt and each whole text (prompt and answer) have in common.
 * It is less than the prompt's length where a token spans the border, or where the template writes the start of an
 * answer otherwise than it asks for one; then the end of the prompt is left out, as TRL leaves it out.
 */
export function answerStart(promptIds: readonly number[], wholes: readonly (readonly number[])[]): number {
  return wholes.reduce((least, whole) => Math.min(least, commonLength(promptIds, whole)), promptIds.length);
}

function commonLength(left: readonly number[], right: readonly number[]): number {
  const different = left.findIndex((id, index) => id !== right[index]);
  return different < 0 ? left.length : different;
}

/**
 * Throws `chat-template-rewrites-prompt` where `whole`, the text of a conversation and its answer, writes the
 * conversation otherwise than `prompt` does: the model would learn to answer what nobody asks. Only what asks for the
 * answer may differ.
 */
export function requireSamePrompt(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  prompt: string,
  whole: string,
): void {
  if (whole.startsWith(prompt) || whole.startsWith(template.render(messages, { addGenerationPrompt: false }).trimEnd()))
    return;
  throw badInput(
    'chat-template-rewrites-prompt',
    `${template.origin}: the chat template writes the prompt differently once it has an answer, so prompt ` +
      'and answer cannot be told apart. Choose the template "plain" or "pku".',
    { origin: template.origin },
  );
}
