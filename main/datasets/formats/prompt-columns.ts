import type { Message } from '../../../preload/contract/pairs.ts';
import { isRecord } from '../readers/row.ts';
import { isBlank } from './missing.ts';
import { shown, type Problems } from './problems.ts';
import { usedColumns, type Reading } from './reading.ts';
import type { Turns } from './turns.ts';

type Row = Readonly<Record<string, unknown>>;

/** Names under which trainers' formats keep a part of the prompt, without separators and in lower case. */
const promptNames = new Set([
  'prompt',
  'instruction',
  'instructions',
  'input',
  'inputs',
  'question',
  'query',
  'context',
  'contextmessages',
  'history',
  'system',
  'systemprompt',
  'systemmessage',
  'conversation',
  'conversations',
  'messages',
  'dialogue',
  'dialog',
  'passage',
  'background',
  'document',
  'documents',
  'image',
  'images',
  'video',
  'videos',
  'audio',
  'audios',
]);
/** What a template renders from a list of its own: no text of ours can hold it. */
const toolNames = new Set(['tools', 'functions', 'availabletools', 'functioncalls', 'toolcalls']);

/** Whether a column's name says that it holds a part of the prompt. */
export function isPromptColumn(name: string): boolean {
  const plain = name.replaceAll(/[_\s.-]/g, '').toLowerCase();
  return promptNames.has(plain) || toolNames.has(plain);
}

/**
 * Makes a checker of rows: a column with a part of the prompt that no field is read from is a problem, unless it says
 * only what prompt and responses say already, or a person left it out.
 */
export function unusedPromptChecker(reading: Reading): (row: Row, turns: Turns, problems: Problems) => void {
  let names: readonly string[] = [];
  let suspects: readonly string[] = [];
  return (row, turns, problems) => {
    const own = Object.keys(row);
    if (own.length !== names.length || own.some((name, index) => name !== names[index])) {
      const used = usedColumns(reading, own);
      names = own;
      suspects = own.filter((name) => isPromptColumn(name) && !used.has(name) && !reading.leftOut.includes(name));
    }
    for (const name of suspects) {
      if (!isBlank(row[name]) && !isRepeated(row[name], turns)) refuse(name, row[name], problems);
    }
  };
}

function refuse(name: string, value: unknown, problems: Problems): void {
  const plain = name.replaceAll(/[_\s.-]/g, '').toLowerCase();
  const place = toolNames.has(plain)
    ? 'The tools a model may call cannot be kept; leave the column out if the model is to learn without them.'
    : 'Say which part of the prompt it is (input, context, history, system), or leave the column out.';
  problems.add(
    'prompt-column-not-used',
    name,
    `the row has ${shown(value)} there, and no field is read from that column, though its name says that it ` +
      `is a part of the prompt. ${place}`,
  );
}

/** UltraFeedback's `messages` and the like: every text of the value stands in the pair already. */
function isRepeated(value: unknown, turns: Turns): boolean {
  const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  const here = [...turns.prompt.map(({ content }: Message) => content), turns.a, turns.b].map(plain);
  const texts = textsOf(value).map(plain);
  return texts.length > 0 && texts.every((text) => here.some((known) => known.includes(text)));
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (!isRecord(value)) return ['\0'];
  const content = value['content'] ?? value['value'];
  return typeof content === 'string' ? [content] : ['\0'];
}
