import { jsonValue } from '../../../native-models/files/json-file.ts';
import type { Message } from '../../../preload/contract/pairs.ts';
import { cellAt, type Mapping } from './fields.ts';
import { readSpoken, type Spoken } from './messages.ts';
import { isBlank } from './missing.ts';
import { shown, type Problems } from './problems.ts';
import type { Reading } from './reading.ts';
import { takeApart } from './take-apart.ts';
import type { Before } from './turns.ts';

type Row = Readonly<Record<string, unknown>>;

/** Reads everything that stands before the responses; `null` with a problem noted where a part cannot be read. */
export function readBefore(value: Row, { mapping, rendered }: Reading, problems: Problems): Before | null {
  const system = readPart(value, mapping.system, problems);
  const history = readHistory(value, mapping.history, problems);
  const context = readPart(value, mapping.context, problems);
  const input = readPart(value, mapping.input, problems);
  const spoken = readPrompt(value, mapping, input, problems);
  if (problems.issues.length > 0 || history === null) return null;
  const prompt = spoken === null ? null : takeApart(spoken, mapping.prompt ?? '', rendered, problems);
  if (problems.issues.length > 0) return null;
  if (context === null && input === null) return { system, history, prompt };
  if (typeof prompt !== 'string')
    return problems.add(
      'prompt-parts-differ',
      mapping.prompt ?? '',
      'the prompt is a conversation, so no text can be put before or after it. Do not map context or input.',
    );
  return {
    system,
    history,
    prompt: [context, [prompt, input].filter((part) => part !== null && part !== '').join('\n')]
      .filter((part) => part !== null)
      .join('\n\n'),
  };
}

/** An instruction may be empty where the input says it all, as in LLaMA-Factory. */
function readPrompt(value: Row, mapping: Mapping, input: string | null, problems: Problems): Spoken | null {
  if (mapping.prompt === undefined) return null;
  const cell = cellAt(value, mapping.prompt);
  return isBlank(cell) && input !== null ? '' : readSpoken(cell, mapping.prompt, problems);
}

function readPart(value: Row, column: string | undefined, problems: Problems): string | null {
  const cell = column === undefined ? undefined : cellAt(value, column);
  if (column === undefined || isBlank(cell)) return null;
  const spoken = readSpoken(cell, column, problems);
  if (spoken === null || typeof spoken === 'string') return spoken;
  const [only] = spoken;
  if (spoken.length === 1 && only !== undefined) return only.content;
  return problems.add('wrong-type', column, `found ${shown(cell)}; expected text.`);
}

/** Earlier turns: messages, or pairs of a question and its answer (LLaMA-Factory), also as JSON text. */
function readHistory(value: Row, column: string | undefined, problems: Problems): readonly Message[] | null {
  const cell = column === undefined ? undefined : cellAt(value, column);
  if (column === undefined || isBlank(cell)) return [];
  const list = typeof cell === 'string' ? jsonValue(cell) : cell;
  const exchanges = Array.isArray(list) ? list.map(exchangeOf) : [null];
  if (exchanges.every((exchange) => exchange !== null)) return exchanges.flat();
  const spoken = Array.isArray(list) ? readSpoken(list, column, problems) : null;
  if (spoken !== null && typeof spoken !== 'string') return spoken;
  return problems.issues.length > 0
    ? null
    : problems.add(
        'wrong-type',
        column,
        `found ${shown(cell)}; expected a list of messages, or of [question, answer].`,
      );
}

function exchangeOf(item: unknown): readonly Message[] | null {
  if (!Array.isArray(item) || item.length !== 2) return null;
  const [asked, answered]: readonly unknown[] = item;
  if (typeof asked !== 'string' || typeof answered !== 'string') return null;
  return [
    { role: 'user', content: asked },
    { role: 'assistant', content: answered },
  ];
}
