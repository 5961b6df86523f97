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

/** What a row says before its responses. */
export interface Before {
  readonly system: string | null;
  readonly history: readonly Message[];
  readonly prompt: Spoken | null;
}

/**
 * Brings prompt and responses, each as text or messages, into one form. Where the responses repeat the conversation
 * (TRL implicit prompts, UltraFeedback, HH-RLHF transcripts), the prompt is what they share before the last turn.
 */
export function readTurns(
  before: Before,
  first: Spoken,
  second: Spoken,
  columns: { prompt: string; a: string; b: string },
  problems: Problems,
): Turns | null {
  const [a, b] = [responseMessages(first), responseMessages(second)];
  const shared = sharedPrefix(a, b);
  const [lastA, lastB] = [a.slice(shared), b.slice(shared)];
  if (lastA.length !== 1 || lastB.length !== 1) {
    return problems.add(
      'prompts-differ',
      columns.b,
      `the two conversations differ before their last turn (${shown(lastA[0]?.content)} and ` +
        `${shown(lastB[0]?.content)}), so they do not answer one prompt.`,
    );
  }
  for (const [last, column] of [
    [lastA[0], columns.a],
    [lastB[0], columns.b],
  ] as const) {
    if (last?.role !== 'assistant')
      return problems.add(
        'response-not-assistant',
        column,
        `the last turn is spoken by ${last?.role ?? 'nobody'}; expected the assistant.`,
      );
  }
  const asked = before.prompt === null ? [] : promptMessages(before.prompt);
  const joined = join([...before.history, ...asked], a.slice(0, shared));
  if (joined === null) {
    return problems.add(
      'prompt-not-in-conversation',
      columns.prompt,
      `the prompt (${shown(asked.at(-1)?.content)}) is not what the conversation in ${columns.a} begins ` +
        `with (${shown(a[0]?.content)}), so it is not clear what was asked. Fix one of them, or do not map ` +
        'the prompt.',
    );
  }
  const conversation = withSystem(before.system, joined, problems);
  if (conversation === null) return null;
  const last = conversation.at(-1);
  if (last === undefined || last.content.trim() === '')
    return problems.add(
      'empty-prompt',
      columns.prompt,
      'there is no prompt. Every pair needs the text that both responses answer.',
    );
  if (last.role !== 'user' && last.role !== 'tool')
    return problems.add(
      'prompt-without-question',
      columns.prompt,
      `the prompt ends with a turn of the ${last.role}; expected the user's.`,
    );
  return { prompt: conversation, a: lastA[0]?.content ?? '', b: lastB[0]?.content ?? '' };
}

/** What stands before an answer as one conversation; `null` with a problem noted where it has two system prompts. */
export function conversationOf({ system, history, prompt }: Before, problems: Problems): readonly Message[] | null {
  return withSystem(system, [...history, ...(prompt === null ? [] : promptMessages(prompt))], problems);
}

function promptMessages(prompt: Spoken): readonly Message[] {
  const turns =
    typeof prompt !== 'string'
      ? prompt
      : isTranscript(prompt)
        ? transcriptTurns(prompt)
        : [{ role: 'user', content: prompt } as const];
  const last = turns.at(-1);
  return last?.role === 'assistant' && last.content === '' ? turns.slice(0, -1) : turns;
}

function responseMessages(response: Spoken): readonly Message[] {
  if (typeof response !== 'string') return response;
  return isTranscript(response) ? transcriptTurns(response) : [{ role: 'assistant', content: response }];
}

/** How many messages both start with, the last of each left out. */
function sharedPrefix(a: readonly Message[], b: readonly Message[]): number {
  const limit = Math.min(a.length, b.length) - 1;
  let count = 0;
  while (count < limit && sameMessage(a[count], b[count])) count += 1;
  return count;
}

/**
 * The prompt given on its own and the conversation that both responses repeat, as one: what they share is taken once,
 * in the conversation's spelling. `null` where they contradict each other.
 */
function join(before: readonly Message[], shared: readonly Message[]): readonly Message[] | null {
  if (shared.length === 0) return before;
  const system = before[0]?.role === 'system' ? before.slice(0, 1) : [];
  const turns = before.slice(system.length);
  const standsAt = (place: number): boolean =>
    turns.every((message, index) => sameMessage(message, shared[place + index]));
  const isInside = shared.some((_, place) => standsAt(place));
  if (isInside || turns.length === 0)
    return shared[0]?.role === 'system' ? sameSystem(system, shared) : [...system, ...shared];
  const overlap = turns.findIndex(
    (_, place) => place > 0 && turns.slice(place).every((message, index) => sameMessage(message, shared[index])),
  );
  if (overlap > 0) return [...system, ...turns.slice(0, overlap), ...shared];
  return turns.at(-1)?.role === 'assistant' || shared[0]?.role === 'assistant' ? [...before, ...shared] : null;
}

function sameSystem(system: readonly Message[], shared: readonly Message[]): readonly Message[] | null {
  return system.length === 0 || sameMessage(system[0], shared[0]) ? shared : null;
}

function withSystem(
  system: string | null,
  conversation: readonly Message[],
  problems: Problems,
): readonly Message[] | null {
  if (system === null) return conversation;
  const [first] = conversation;
  const message = { role: 'system', content: system } as const;
  if (first?.role !== 'system') return [message, ...conversation];
  if (sameMessage(first, message)) return conversation;
  return problems.add(
    'two-system-prompts',
    'system',
    `the row has a system prompt of its own (${shown(system)}) and another in its conversation ` +
      `(${shown(first.content)}). Keep one of them.`,
  );
}
