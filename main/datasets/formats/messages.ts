import type { Message, Role } from '../../../preload/contract/pairs.ts';
import { isRecord } from '../readers/row.ts';
import { shown, type Problems } from './problems.ts';

const roles: ReadonlyMap<string, Role> = new Map([
  ...['user', 'human', 'prompter'].map((name) => [name, 'user'] as const),
  ...['assistant', 'gpt', 'chatgpt', 'bot', 'model', 'ai'].map((name) => [name, 'assistant'] as const),
  ['system', 'system'],
  ...['tool', 'function', 'observation', 'ipython'].map((name) => [name, 'tool'] as const),
]);

/** A cell with text: as it stands, or as the messages it holds. */
export type Spoken = string | readonly Message[];

/**
 * Reads a cell that holds text or messages: a string, a list of `{role, content}` (TRL) or `{from, value}` (ShareGPT),
 * one such message, or such a list as JSON text (CSV). `null` with a problem noted otherwise.
 */
export function readSpoken(value: unknown, column: string, problems: Problems): Spoken | null {
  if (value === undefined || value === null) return problems.add('missing-field', column, 'there is no value. Fill it in, or map another column.');
  if (typeof value === 'string') return readText(value, column, problems);
  if (Array.isArray(value)) return readMessages(value, column, problems);
  if (isRecord(value)) return readMessages([value], column, problems);
  return problems.add('wrong-type', column, `found ${shown(value)}; expected text or a list of messages.`);
}

function readText(text: string, column: string, problems: Problems): Spoken | null {
  if (!text.isWellFormed()) return problems.add('lone-surrogate', column, 'the text holds half of a UTF-16 pair, which no tokenizer can read. Mend the escape (\\ud800 to \\udfff must come in pairs).');
  if (text.startsWith("[{'")) return problems.add('wrong-type', column, `found a list printed by Python (${shown(text)}); expected JSON. Save the data as JSON Lines or Parquet instead of CSV.`);
  if (!/^\[\s*\{\s*"(role|content|from|value)"/.test(text)) return text;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? readMessages(list, column, problems) : text;
  } catch {
    return text;
  }
}

function readMessages(list: readonly unknown[], column: string, problems: Problems): readonly Message[] | null {
  const messages: Message[] = [];
  for (const [index, item] of list.entries()) {
    const message = readMessage(item, `${column}[${index}]`, problems);
    if (message === null) return null;
    messages.push(message);
  }
  return messages;
}

function readMessage(item: unknown, place: string, problems: Problems): Message | null {
  if (!isRecord(item)) return problems.add('wrong-type', place, `found ${shown(item)}; expected a message with role and content (or from and value).`);
  const name = item['role'] ?? item['from'];
  const role = typeof name === 'string' ? roles.get(name.toLowerCase()) : undefined;
  if (role === undefined) return problems.add('unknown-role', place, `found the role ${shown(name)}; expected one of ${[...roles.keys()].join(', ')}.`);
  const content = item['content'] ?? item['value'];
  if (typeof content !== 'string') return problems.add('wrong-type', place, `found the content ${shown(content)}; expected text.`);
  if (!content.isWellFormed()) return problems.add('lone-surrogate', place, 'the text holds half of a UTF-16 pair, which no tokenizer can read. Mend the escape (\\ud800 to \\udfff must come in pairs).');
  return { role, content };
}

export function sameMessage(left: Message | undefined, right: Message | undefined): boolean {
  return left !== undefined && right !== undefined && left.role === right.role && left.content === right.content;
}
