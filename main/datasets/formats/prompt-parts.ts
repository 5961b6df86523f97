import { isRecord } from '../readers/row.ts';
import { cellAt, type Mapping } from './fields.ts';
import { isBlank } from './missing.ts';
import { firstColumn, hasColumns, readableRows, type Sample } from './sample.ts';

/** Columns that known trainers take for the prompt, in the order in which they are tried. */
const prompts = ['prompt', 'question', 'instruction', 'input', 'query', 'context_messages', 'conversations'];
const systems = ['system', 'system_prompt', 'system_message'];

/**
 * The columns of a file that make its prompt, as its trainer would join them: LLaMA-Factory's Alpaca form is `system`,
 * `history`, `instruction`, a line break and `input`; `context` and `messages` are the prompt where they hold messages
 * and nothing else is there.
 */
export function promptParts(sample: Sample): { readonly mapping: Mapping; readonly sentence: string } {
  const prompt =
    firstColumn(sample, prompts) ?? ['context', 'messages'].find((name) => holds(sample, name, isMessages));
  const system = firstColumn(sample, systems);
  const mapping: Mapping = {
    ...(prompt === undefined ? {} : { prompt }),
    ...(prompt === 'instruction' && holds(sample, 'input', isText) ? { input: 'input' } : {}),
    ...(prompt !== undefined && prompt !== 'history' && holds(sample, 'history', isList) ? { history: 'history' } : {}),
    ...(system === undefined ? {} : { system }),
  };
  const { input, history } = mapping;
  const parts = [prompt, input, history, system].filter((name) => name !== undefined);
  return { mapping, sentence: parts.length === 0 ? 'implicit prompt' : `prompt from ${parts.join(', ')}` };
}

/** Whether a column is there and each of its cells that is not blank is of one sort. */
function holds(sample: Sample, name: string, isSort: (value: unknown) => boolean): boolean {
  if (!hasColumns(sample, name)) return false;
  const cells = readableRows(sample.rows)
    .map(({ value }) => cellAt(value, name))
    .filter((cell) => !isBlank(cell));
  return cells.length > 0 && cells.every(isSort);
}

function isMessages(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord);
}

/** A list, also as the JSON text that a CSV file has in its place. */
function isList(value: unknown): boolean {
  return Array.isArray(value) || (typeof value === 'string' && /^\s*\[\s*[[{]/.test(value));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
