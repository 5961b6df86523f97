import { Failure } from '../failure.ts';
import type { ChatMessage, ChatTemplate } from './chat-template.ts';

/** What stands around the messages of a conversation. */
interface Pieces {
  /** Before the first message of the user, without a system message. */
  readonly start: string;
  /** Before and after a system message, up to the user's first; `null` where the template takes none. */
  readonly system: { readonly before: string; readonly after: string } | null;
  /** From a user's message to the answer. */
  readonly answer: string;
  /** From an answer to the user's next message. */
  readonly next: string;
}

const [system, first, reply, second] = ['Zsystem', 'Zfirst', 'Zreply', 'Zsecond'];
const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const told: ChatMessage = { role: 'system', content: system };
const exchange = [user(first), assistant(reply), user(second)] as const;

/**
 * The Go template that Ollama needs to make the same prompts as a chat template, found by rendering conversations and
 * cutting out what stands around their messages. `bos` is left out of its beginning, for Ollama to put there; `null`
 * keeps it. `null` where the pieces put together again give another text for a longer conversation: then no template is
 * better than a wrong one.
 */
export function ollamaTemplate(template: ChatTemplate, bos: string | null): string | null {
  const render = (messages: readonly ChatMessage[]): string | null =>
    attempt(() => template.render(messages, { addGenerationPrompt: true }));
  const pieces = cut(render);
  if (pieces === null) return null;
  const longer = [...exchange, assistant('Zlast'), user('Zagain')];
  const probes = [
    [user(first)],
    exchange,
    longer,
    ...(pieces.system === null
      ? []
      : [
          [told, user(first)],
          [told, ...longer],
        ]),
  ];
  return probes.every((messages) => assemble(pieces, messages) === render(messages))
    ? goTemplate(pieces, bos ?? '')
    : null;
}

function cut(render: (messages: readonly ChatMessage[]) => string | null): Pieces | null {
  const around = parts(render(exchange), [first, reply, second]);
  if (around === null) return null;
  const [start = '', answer = '', next = ''] = around;
  const withSystem = parts(render([told, user(first)]), [system, first]);
  return {
    start,
    answer,
    next,
    system: withSystem === null ? null : { before: withSystem[0] ?? '', after: withSystem[1] ?? '' },
  };
}

/** A text cut at contents that stand in it once each and in this order; `null` otherwise. */
function parts(text: string | null, contents: readonly string[]): readonly string[] | null {
  if (text === null) return null;
  const found: string[] = [];
  let rest = text;
  for (const content of contents) {
    const [before = '', ...after] = rest.split(content);
    if (after.length !== 1) return null;
    found.push(before);
    rest = after[0] ?? '';
  }
  return [...found, rest];
}

/** What {@link goTemplate} gives under Ollama, before BOS is left out. */
function assemble({ start, system: around, answer, next }: Pieces, messages: readonly ChatMessage[]): string {
  const given = messages.find(({ role }) => role === 'system');
  let text = given !== undefined && around !== null ? around.before + given.content + around.after : start;
  let asked = false;
  for (const { role, content } of messages) {
    if (role === 'user') {
      text += `${asked ? next : ''}${content}${answer}`;
      asked = true;
    } else if (role === 'assistant') text += content;
  }
  return text;
}

function goTemplate({ start, system: around, answer, next }: Pieces, bos: string): string {
  const text = (value: string): string => (value === '' ? '' : `{{ ${goString(value)} }}`);
  const opening = (value: string): string =>
    text(bos !== '' && value.startsWith(bos) ? value.slice(bos.length) : value);
  const head =
    around === null
      ? opening(start)
      : `{{ if .System }}${opening(around.before)}{{ .System }}${text(around.after)}{{ else ` +
        `}}${opening(start)}{{ end }}`;
  const turns =
    `{{ if eq .Role "user" }}{{ if $asked }}${text(next)}{{ end }}{{ $asked = true }}{{ .Content ` +
    `}}${text(answer)}{{ else if eq .Role "assistant" }}{{ .Content }}{{ end }}`;
  return `${head}{{ $asked := false }}{{ range .Messages }}${turns}{{ end }}`;
}

/** A string literal of Go; what JSON escapes, Go reads the same way. Braces would end an action of the template. */
function goString(value: string): string {
  return JSON.stringify(value)
    .replaceAll('{', String.raw`\u007b`)
    .replaceAll('}', String.raw`\u007d`);
}

function attempt(render: () => string): string | null {
  try {
    return render();
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}
