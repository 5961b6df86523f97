import { badInput } from '../../native-models/failure.ts';
import type { Message } from '../../preload/contract/pairs.ts';
import { readBefore } from '../datasets/formats/before.ts';
import { cellAt } from '../datasets/formats/fields.ts';
import { isBlank } from '../datasets/formats/missing.ts';
import { Problems } from '../datasets/formats/problems.ts';
import { unusedPromptChecker } from '../datasets/formats/prompt-columns.ts';
import { promptParts } from '../datasets/formats/prompt-parts.ts';
import type { Reading } from '../datasets/formats/reading.ts';
import { firstColumn, sampleOf, type Sample } from '../datasets/formats/sample.ts';
import { conversationOf } from '../datasets/formats/turns.ts';
import type { ReadableRow, SourceRow } from '../datasets/readers/row.ts';
import { readThrough } from '../foreign/ask.ts';
import { readRowsQuestion } from '../datasets/questions.ts';
import { sampleKind, type PromptKind, type TestPrompt } from './judges.ts';

/** What published prompt sets call the prompt, beside the names that trainers use. */
const ownColumns = ['goal', 'forbidden_prompt', 'Behavior', 'text'];
const kindColumns = ['kind', 'label', 'type'];

/**
 * Reads prompts from a file in any of the dataset formats' containers (.json, .jsonl, .csv, .tsv, .parquet, .gz), one a
 * row, made of the same columns as in preference data; HarmBench's ContextString stands before its Behavior. Rows
 * without a prompt are passed over. A column `kind` or `label` says hazard / unsafe / harmful or benign / safe /
 * look-alike.
 * @throws Failure of the readers, `prompts-not-found`, and the code of the first prompt that cannot be read whole
 */
export async function readPromptFile(file: string, limit: number): Promise<TestPrompt[]> {
  const reading = readingOf(sampleOf(await firstRows(file)));
  const read = promptReader(reading, file);
  const prompts: TestPrompt[] = [];
  for await (const row of rowsOf(file)) {
    if (prompts.length >= limit) break;
    if ('issue' in row || reading.mapping.prompt === undefined) continue;
    if (isBlank(cellAt(row.value, reading.mapping.prompt)) && reading.mapping.input === undefined) continue;
    const messages = read(row);
    prompts.push({
      messages,
      kind: sampleKind(messages) ?? statedKind(kindColumns.map((column) => cellAt(row.value, column))),
    });
  }
  if (prompts.length > 0) return prompts;
  throw badInput(
    'prompts-not-found',
    `${file} has no prompts: none of its rows has text in a column named prompt, question, instruction or ` +
      `${ownColumns.join(', ')}. Rename the column.`,
    { file },
  );
}

/** Enough to see which columns there are. */
const sampleRows = 50;

async function firstRows(file: string): Promise<readonly SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const row of rowsOf(file)) if (rows.push(row) === sampleRows) break;
  return rows;
}

async function* rowsOf(file: string): AsyncGenerator<SourceRow> {
  for await (const rows of readThrough(readRowsQuestion, { file }, { subject: file })) yield* rows;
}

function readingOf(sample: Sample): Reading {
  const parts = promptParts(sample).mapping;
  const own = firstColumn(sample, ownColumns);
  const prompt = parts.prompt ?? own;
  return {
    mapping: { ...parts, ...(prompt === undefined ? {} : { prompt }) },
    meanings: {},
    rendered: null,
    leftOut: [],
  };
}

function promptReader(reading: Reading, file: string): (row: ReadableRow) => readonly Message[] {
  const checkUnused = unusedPromptChecker(reading);
  return ({ row, line, value }) => {
    const problems = new Problems(row, line);
    const before = readBefore(value, reading, problems);
    const prompt = before === null ? [] : withContextString(conversationOf(before, problems) ?? [], value);
    if (problems.issues.length === 0) checkUnused(value, { prompt, a: '', b: '' }, problems);
    const [issue] = problems.issues;
    if (issue === undefined) return prompt;
    throw badInput(issue.code, `${file}: ${issue.message}`, { file, row, field: issue.field });
  };
}

/** HarmBench asks its contextual behaviours with a rule between the text and the request. */
function withContextString(messages: readonly Message[], value: ReadableRow['value']): readonly Message[] {
  const context = value['ContextString'];
  const [only] = messages;
  if (typeof context !== 'string' || isBlank(context) || only === undefined || messages.length > 1) return messages;
  return [{ role: only.role, content: `${context}\n\n---\n\n${only.content}` }];
}

function statedKind(values: readonly unknown[]): PromptKind {
  const stated = values.filter((value) => typeof value === 'string').map((value) => value.toLowerCase());
  if (stated.some((value) => value === 'hazard' || value === 'unsafe' || value === 'harmful')) return 'hazard';
  return stated.some((value) => value === 'benign' || value === 'safe' || value === 'look-alike')
    ? 'benign'
    : 'unknown';
}
