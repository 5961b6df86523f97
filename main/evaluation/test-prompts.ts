import type { Message } from '../../preload/contract/pairs.ts';
import type { Library } from '../library/library.ts';
import { selectPairs } from '../runs/snapshot-selection.ts';
import { pairReader, type ObjectivePair } from '../transform/training-pairs.ts';
import { cellAt } from '../datasets/formats/fields.ts';
import type { SourceRow } from '../datasets/readers/row.ts';
import { readThrough } from '../foreign/ask.ts';
import { badInput } from '../../native-models/failure.ts';
import { sampleKind, type PromptKind, type TestPrompt } from './judges.ts';

/** The held-out pairs of a project, as SafeDPO orders them. */
export function heldOutPairs(library: Library, projectId: number): ObjectivePair[] {
  return selectPairs(library, projectId, 'safedpo', { limit: null, seed: 0 }).heldOut.map(pairReader(library));
}

/**
 * The different prompts of pairs, at most `limit`. A prompt that drew an unsafe response is taken for a hazard, one whose
 * responses are all safe for benign, unless the sample's rules say it exactly.
 */
export function promptsOf(pairs: readonly ObjectivePair[], limit: number): TestPrompt[] {
  const kinds = new Map<string, { messages: readonly Message[]; kind: PromptKind }>();
  for (const { prompt, chosenUnsafe, rejectedUnsafe } of pairs) {
    const key = JSON.stringify(prompt);
    const known = kinds.get(key)?.kind;
    const own = chosenUnsafe === true || rejectedUnsafe === true ? 'hazard' : chosenUnsafe === false && rejectedUnsafe === false ? 'benign' : 'unknown';
    const kind = sampleKind(prompt) ?? (known === 'hazard' || own === 'hazard' ? 'hazard' : own);
    kinds.set(key, { messages: prompt, kind });
  }
  return [...kinds.values()].slice(0, limit);
}

const promptColumns = ['prompt', 'question', 'goal', 'forbidden_prompt', 'Behavior', 'instruction', 'text'];
const kindColumns = ['kind', 'label', 'type'];

/**
 * Reads prompts from a file in any of the dataset formats' containers (.json, .jsonl, .csv, .tsv, .parquet, .gz), one a row.
 * A column `kind` or `label` says hazard / unsafe / harmful or benign / safe / look-alike.
 * @throws Failure of the readers, and `prompts-not-found`
 */
export async function readPromptFile(file: string, limit: number): Promise<TestPrompt[]> {
  const prompts: TestPrompt[] = [];
  for await (const row of rowsOf(file)) {
    if (prompts.length >= limit) break;
    if ('issue' in row) continue;
    const text = promptColumns.map((column) => cellAt(row.value, column)).find((value) => typeof value === 'string' && value !== '');
    if (typeof text !== 'string') continue;
    const messages = [{ role: 'user' as const, content: text }];
    prompts.push({ messages, kind: sampleKind(messages) ?? statedKind(kindColumns.map((column) => cellAt(row.value, column))) });
  }
  if (prompts.length === 0) throw badInput('prompts-not-found', `${file} has no prompts: none of its rows has text in a column named ${promptColumns.join(', ')}. Rename the column.`, { file, expected: promptColumns });
  return prompts;
}

async function* rowsOf(file: string): AsyncGenerator<SourceRow> {
  for await (const rows of readThrough('readRows', { file }, { subject: file })) yield* rows;
}

function statedKind(values: readonly unknown[]): PromptKind {
  const stated = values.filter((value) => typeof value === 'string').map((value) => value.toLowerCase());
  if (stated.some((value) => value === 'hazard' || value === 'unsafe' || value === 'harmful')) return 'hazard';
  return stated.some((value) => value === 'benign' || value === 'safe' || value === 'look-alike') ? 'benign' : 'unknown';
}
