import { jsonValue } from '../../../native-models/files/json-file.ts';
import type { Message, Role } from '../../../preload/contract/pairs.ts';
import { isRecord } from '../readers/row.ts';
import { isAbsent, isBlank } from './missing.ts';
import { shown, type Problems } from './problems.ts';

const roles: ReadonlyMap<string, Role> = new Map([
  ...['user', 'human', 'prompter'].map((name) => [name, 'user'] as const),
  ...['assistant', 'gpt', 'chatgpt', 'bot', 'model', 'ai'].map((name) => [name, 'assistant'] as const),
  ['system', 'system'],
  ...['tool', 'function', 'observation', 'ipython'].map((name) => [name, 'tool'] as const),
]);

/** Fields of a message that chat templates render beside role and content, and that a pair has no place for. */
const renderedFields = [
  'tool_calls',
  'tool_call_id',
  'function_call',
  'name',
  'reasoning_content',
  'reasoning',
  'thinking',
  'tools',
  'documents',
  'images',
  'videos',
  'audios',
];

/** A cell with text: as it stands, or as the messages it holds. */
export type Spoken = string | readonly Message[];

/**
 * Reads a cell that holds text or messages: a string, a list of `{role, content}` (TRL) or `{from, value}` (ShareGPT),
 * one such message, or either as JSON text (CSV). `null` with a problem noted otherwise.
 */
export function readSpoken(value: unknown, column: string, problems: Problems): Spoken | null {
  if (isAbsent(value))
    return problems.add('missing-field', column, 'there is no value. Fill it in, or map another column.');
  if (typeof value === 'string') return readText(value, column, problems);
  if (Array.isArray(value)) return readMessages(value, column, problems);
  if (isRecord(value)) return readMessages([value], column, problems);
  return problems.add('wrong-type', column, `found ${shown(value)}; expected text or a list of messages.`);
}

function readText(text: string, column: string, problems: Problems): Spoken | null {
  if (!text.isWellFormed())
    return problems.add(
      'lone-surrogate',
      column,
      'the text holds half of a UTF-16 pair, which no tokenizer can read. Fix the escape (\\ud800 to ' +
        '\\udfff must come in pairs).',
    );
  if (!/^\s*[[{]/.test(text)) return text;
  const list = messagesIn(text);
  if (list !== null) return readMessages(list, column, problems);
  // Python prints such lists with single quotes; no reader of JSON can take them apart.
  if (/^\s*\[?\s*\{'/.test(text) && /'(role|from)':/.test(text)) {
    return problems.add(
      'python-text',
      column,
      `found messages printed by Python (${shown(text)}); expected JSON. Save the data as JSON Lines or ` +
        'Parquet instead of CSV.',
    );
  }
  return text;
}

/** The messages that JSON text holds: one object or a list of objects with a known role and a content. */
function messagesIn(text: string): readonly unknown[] | null {
  const parsed = jsonValue(text);
  const list = Array.isArray(parsed) ? parsed : [parsed];
  const isMessage = (item: unknown): boolean =>
    isRecord(item) && ('role' in item || 'from' in item) && ('content' in item || 'value' in item);
  return list.length > 0 && list.every(isMessage) && list.some((item) => isRecord(item) && roleOf(item) !== undefined)
    ? list
    : null;
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
  if (!isRecord(item))
    return problems.add(
      'wrong-type',
      place,
      `found ${shown(item)}; expected a message with role and content (or from and value).`,
    );
  const role = roleOf(item);
  if (role === undefined)
    return problems.add(
      'unknown-role',
      place,
      `found the role ${shown(item['role'] ?? item['from'])}; expected one of ${[...roles.keys()].join(', ')}.`,
    );
  const extra = renderedFields.find((name) => !isBlank(item[name]));
  if (extra !== undefined)
    return problems.add(
      'message-field-not-kept',
      `${place}.${extra}`,
      `found ${shown(item[extra])}. Chat templates write this field out, but only role and content of a ` +
        'message are kept, so the model would learn from another text. Leave such rows out, or write what ' +
        'matters into the content.',
    );
  const content = item['content'] ?? item['value'];
  if (typeof content !== 'string')
    return problems.add('wrong-type', place, `found the content ${shown(content)}; expected text.`);
  if (!content.isWellFormed())
    return problems.add(
      'lone-surrogate',
      place,
      'the text holds half of a UTF-16 pair, which no tokenizer can read. Fix the escape (\\ud800 to ' +
        '\\udfff must come in pairs).',
    );
  return { role, content };
}

function roleOf(item: Record<string, unknown>): Role | undefined {
  const name = item['role'] ?? item['from'];
  return typeof name === 'string' ? roles.get(name.toLowerCase()) : undefined;
}

/** Whether two messages are the same but for white space, which datasets do not keep alike in `prompt` and `chosen`. */
export function sameMessage(left: Message | undefined, right: Message | undefined): boolean {
  const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  if (left === undefined || right === undefined || left.role !== right.role) return false;
  return left.content === right.content || plain(left.content) === plain(right.content);
}
