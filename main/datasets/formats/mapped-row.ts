import { hash } from 'node:crypto';
import type { ImportedVerdict, NewPair } from '../../library/pairs.ts';
import type { Side } from '../../../preload/contract/pairs.ts';
import { cellAt, type Mapping } from './fields.ts';
import type { RowParser } from './format.ts';
import { readSpoken, type Spoken } from './messages.ts';
import { shown, type Problems } from './problems.ts';
import { readTurns, type Turns } from './turns.ts';
import { readCategories, readPreferred, readSeverity, readUnsafe } from './verdicts.ts';

type Row = Readonly<Record<string, unknown>>;

/** Reads rows by a mapping from fields to columns: what all formats with one pair a row come down to. */
export function mappedRow(mapping: Mapping): RowParser {
  const columns = {
    prompt: mapping.prompt ?? '',
    a: mapping.chosen ?? mapping.responseA ?? '',
    b: mapping.rejected ?? mapping.responseB ?? '',
  };
  const isOrdered = mapping.chosen !== undefined;
  return ({ row, value }, problems) => {
    const turns = readTexts(value, mapping, columns, problems);
    const preferred = isOrdered ? 'a' : mapping.preferred === undefined ? null : readPreferred(cellAt(value, mapping.preferred), mapping.preferred, problems);
    const verdicts = { a: readVerdict(value, mapping, 'A', problems), b: readVerdict(value, mapping, 'B', problems) };
    const safer = mapping.safer === undefined ? null : readPreferred(cellAt(value, mapping.safer), mapping.safer, problems);
    if (turns === null || problems.issues.length > 0) return null;
    checkSha256(value, mapping, turns, problems);
    const responses: NewPair['responses'] = { a: turns.a, b: turns.b };
    return { row, prompt: turns.prompt, responses, preferred, safer: safer === 'tie' ? null : safer, verdicts, split: null };
  };
}

function readTexts(value: Row, mapping: Mapping, columns: { prompt: string; a: string; b: string }, problems: Problems): Turns | null {
  const prompt = mapping.prompt === undefined ? null : readSpoken(cellAt(value, mapping.prompt), mapping.prompt, problems);
  const a = readSpoken(cellAt(value, columns.a), columns.a, problems);
  const b = readSpoken(cellAt(value, columns.b), columns.b, problems);
  if (a === null || b === null || (prompt === null && mapping.prompt !== undefined)) return null;
  const turns = readTurns(withSystem(prompt, value, mapping), a, b, columns, problems);
  if (turns === null) return null;
  for (const [text, column] of [[turns.a, columns.a], [turns.b, columns.b]] as const) {
    if (text.trim() === '') problems.add('empty-response', column, 'the response is empty. A pair needs two texts to compare.');
  }
  if (turns.a === turns.b && turns.a.trim() !== '') problems.add('identical-responses', columns.b, 'both responses are the same text, so there is nothing to prefer.');
  return turns;
}

function withSystem(prompt: Spoken | null, value: Row, mapping: Mapping): Spoken | null {
  const system = mapping.system === undefined ? undefined : cellAt(value, mapping.system);
  if (typeof system !== 'string' || system === '' || prompt === null) return prompt;
  return [{ role: 'system', content: system }, ...(typeof prompt === 'string' ? [{ role: 'user', content: prompt } as const] : prompt)];
}

function readVerdict(value: Row, mapping: Mapping, side: 'A' | 'B', problems: Problems): ImportedVerdict {
  const unsafeColumn = side === 'A' ? (mapping.unsafeA ?? mapping.chosenUnsafe) : (mapping.unsafeB ?? mapping.rejectedUnsafe);
  const safeColumn = side === 'A' ? (mapping.safeA ?? mapping.chosenSafe) : (mapping.safeB ?? mapping.rejectedSafe);
  const column = unsafeColumn ?? safeColumn;
  const severity = mapping[`severity${side}`];
  const categories = mapping[`categories${side}`];
  return {
    unsafe: column === undefined ? null : readUnsafe(cellAt(value, column), column, unsafeColumn === undefined, problems),
    severity: severity === undefined ? null : readSeverity(cellAt(value, severity), severity, problems),
    categories: categories === undefined ? [] : readCategories(cellAt(value, categories), categories, problems),
  };
}

/** PKU-SafeRLHF 2024 signs prompt + response: labels belong to exactly this text. */
function checkSha256(value: Row, mapping: Mapping, turns: Turns, problems: Problems): void {
  if (mapping.sha256A !== undefined) checkSide(value, mapping.sha256A, 'a', turns, problems);
  if (mapping.sha256B !== undefined) checkSide(value, mapping.sha256B, 'b', turns, problems);
}

function checkSide(value: Row, column: string, side: Side, turns: Turns, problems: Problems): void {
  const expected = cellAt(value, column);
  if (expected === undefined || expected === null || expected === '') return;
  const actual = hash('sha256', `${turns.prompt[0]?.content ?? ''}${turns[side]}`);
  if (expected !== actual) {
    problems.add('sha256-mismatch', column, `the text is not the one that was labelled (its hash is ${actual.slice(0, 12)}…, the row says ${shown(expected)}). Get the row from its source again, or remove this column to import it as it is.`);
  }
}
