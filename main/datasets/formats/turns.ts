import type { Message } from '../../../preload/contract/pairs.ts';
import { sameMessage, type Spoken } from './messages.ts';
import { shown, type Problems } from './problems.ts';
import { isTranscript, transcriptTurns } from './transcript.ts';

/** A pair's texts: the conversation so far, and two answers to it. */
export interface Turns {
  readonly prompt: readonly Message[];
  readonly a: string;
  readonly b: string;
}

/**
 * Brings prompt and responses, each as text or messages, into one form. Where the responses repeat the conversation
 * (TRL implicit prompts, UltraFeedback, HH-RLHF transcripts), the prompt is what they share before the last turn.
 */
export function readTurns(prompt: Spoken | null, first: Spoken, second: Spoken, columns: { prompt: string; a: string; b: string }, problems: Problems): Turns | null {
  const before = prompt === null ? [] : promptMessages(prompt);
  const [a, b] = [responseMessages(first, prompt), responseMessages(second, prompt)];
  const shared = sharedPrefix(a, b);
  const [lastA, lastB] = [a.slice(shared), b.slice(shared)];
  if (lastA.length !== 1 || lastB.length !== 1) {
    return problems.add('prompts-differ', columns.b, `the two conversations differ before their last turn (${shown(lastA[0]?.content)} and ${shown(lastB[0]?.content)}), so they do not answer one prompt.`);
  }
  for (const [last, column] of [[lastA[0], columns.a], [lastB[0], columns.b]] as const) {
    if (last?.role !== 'assistant') return problems.add('response-not-assistant', column, `the last turn is spoken by ${last?.role ?? 'nobody'}; expected the assistant.`);
  }
  const conversation = joinPrompt(before, a.slice(0, shared));
  const asked = conversation.at(-1);
  if (asked === undefined || asked.content.trim() === '') return problems.add('empty-prompt', columns.prompt, 'there is no prompt. Every pair needs the text that both responses answer.');
  if (asked.role !== 'user' && asked.role !== 'tool') return problems.add('prompt-without-question', columns.prompt, `the prompt ends with a turn of the ${asked.role}; expected the user's.`);
  return { prompt: conversation, a: lastA[0]?.content ?? '', b: lastB[0]?.content ?? '' };
}

function promptMessages(prompt: Spoken): readonly Message[] {
  if (typeof prompt !== 'string') return prompt;
  if (!isTranscript(prompt)) return [{ role: 'user', content: prompt }];
  const turns = transcriptTurns(prompt);
  const last = turns.at(-1);
  return last?.role === 'assistant' && last.content === '' ? turns.slice(0, -1) : turns;
}

function responseMessages(response: Spoken, prompt: Spoken | null): readonly Message[] {
  if (typeof response !== 'string') return response;
  return prompt === null && isTranscript(response) ? transcriptTurns(response) : [{ role: 'assistant', content: response }];
}

/** How many messages both start with, the last of each left out. */
function sharedPrefix(a: readonly Message[], b: readonly Message[]): number {
  const limit = Math.min(a.length, b.length) - 1;
  let count = 0;
  while (count < limit && sameMessage(a[count], b[count])) count += 1;
  return count;
}

/** UltraFeedback gives the prompt on its own and again inside both conversations: it is taken once. */
function joinPrompt(before: readonly Message[], shared: readonly Message[]): readonly Message[] {
  if (shared.length === 0) return before;
  const repeated = before.every((message, index) => sameMessage(message, shared[shared.length - before.length + index]));
  return repeated ? shared : [...before, ...shared];
}
