import { hash } from 'node:crypto';
import type { ImportedVerdict, NewPair } from '../store/pairs.ts';
import type { Preferred, Side } from '../../../preload/contract/pairs.ts';
import { readBefore } from './before.ts';
import { cellAt, type Mapping } from './fields.ts';
import type { RowParser } from './format.ts';
import { readSpoken } from './messages.ts';
import { shown, type Problems } from './problems.ts';
import { unusedPromptChecker } from './prompt-columns.ts';
import type { Reading } from './reading.ts';
import { takeApart } from './take-apart.ts';
import { readTurns, type Turns } from './turns.ts';
import { readCategories, readPreferred, readSeverity, readUnsafe } from './verdicts.ts';

type Row = Readonly<Record<string, unknown>>;

/** Reads rows by a mapping from fields to columns: shared by all formats with one pair per row. */
export function mappedRow(reading: Reading): RowParser {
  const { mapping, meanings } = reading;
  const columns = {
    prompt: mapping.prompt ?? '',
    a: mapping.chosen ?? mapping.responseA ?? '',
    b: mapping.rejected ?? mapping.responseB ?? '',
  };
  const checkUnused = unusedPromptChecker(reading);
  return ({ row, value }, problems) => {
    const turns = readTexts(value, reading, columns, problems);
    const preferred = readOrder(value, reading, problems);
    const verdicts = { a: readVerdict(value, reading, 'A', problems), b: readVerdict(value, reading, 'B', problems) };
    const safer =
      mapping.safer === undefined
        ? null
        : readPreferred(cellAt(value, mapping.safer), mapping.safer, 'safer', meanings, problems);
    checkSafer(safer, verdicts, mapping.safer ?? '', problems);
    if (turns !== null) checkUnused(value, turns, problems);
    if (turns === null || problems.issues.length > 0) return null;
    checkSha256(value, mapping, turns, problems);
    const responses: NewPair['responses'] = { a: turns.a, b: turns.b };
    return {
      row,
      prompt: turns.prompt,
      responses,
      preferred,
      safer: safer === 'tie' ? null : safer,
      verdicts,
      split: null,
    };
  };
}

function readTexts(
  value: Row,
  reading: Reading,
  columns: { prompt: string; a: string; b: string },
  problems: Problems,
): Turns | null {
  const before = readBefore(value, reading, problems);
  const a = readSpoken(cellAt(value, columns.a), columns.a, problems);
  const b = readSpoken(cellAt(value, columns.b), columns.b, problems);
  if (a === null || b === null || before === null) return null;
  const [first, second] = [
    takeApart(a, columns.a, reading.rendered, problems),
    takeApart(b, columns.b, reading.rendered, problems),
  ];
  if (first === null || second === null) return null;
  const turns = readTurns(before, first, second, columns, problems);
  if (turns === null) return null;
  for (const [text, column] of [
    [turns.a, columns.a],
    [turns.b, columns.b],
  ] as const) {
    if (text.trim() === '')
      problems.add('empty-response', column, 'the response is empty. A pair needs two texts to compare.');
  }
  if (turns.a === turns.b && turns.a.trim() !== '')
    problems.add('identical-responses', columns.b, 'both responses are the same text, so there is nothing to prefer.');
  return turns;
}

/** Which response is more helpful; a `status` of "tie" takes the order of chosen and rejected back. */
function readOrder(value: Row, { mapping, meanings }: Reading, problems: Problems): Preferred {
  const status = mapping.status === undefined ? null : cellAt(value, mapping.status);
  if (typeof status === 'string' && status.trim().toLowerCase() === 'tie') return 'tie';
  if (mapping.chosen !== undefined) return 'a';
  return mapping.preferred === undefined
    ? null
    : readPreferred(cellAt(value, mapping.preferred), mapping.preferred, 'preferred', meanings, problems);
}

const verdictFields = {
  A: { unsafe: ['unsafeA', 'chosenUnsafe'], safe: ['safeA', 'chosenSafe'] },
  B: { unsafe: ['unsafeB', 'rejectedUnsafe'], safe: ['safeB', 'rejectedSafe'] },
} as const;

function readVerdict(value: Row, { mapping, meanings }: Reading, side: 'A' | 'B', problems: Problems): ImportedVerdict {
  const said = [...verdictFields[side].unsafe, ...verdictFields[side].safe].flatMap((field) => {
    const column = mapping[field];
    if (column === undefined) return [];
    return [{ column, unsafe: readUnsafe(cellAt(value, column), column, field, meanings, problems) }];
  });
  const [first, ...others] = said.filter(({ unsafe }) => unsafe !== null);
  const other = others.find(({ unsafe }) => unsafe !== first?.unsafe);
  if (first !== undefined && other !== undefined)
    problems.add(
      'verdicts-contradict',
      other.column,
      `this column calls the response ${wordOf(other.unsafe)}, and the column "${first.column}" calls it ` +
        `${wordOf(first.unsafe)}. Check what the values mean, or correct the row.`,
    );
  const severity = mapping[`severity${side}`];
  const categories = mapping[`categories${side}`];
  return {
    unsafe: first?.unsafe ?? null,
    severity: severity === undefined ? null : readSeverity(cellAt(value, severity), severity, problems),
    categories: categories === undefined ? [] : readCategories(cellAt(value, categories), categories, problems),
  };
}

function wordOf(unsafe: boolean | null): string {
  return unsafe === true ? 'unsafe' : 'safe';
}

/**
 * A row that calls the unsafe response the safer one contradicts itself: one of the two columns is read the wrong way
 * round.
 */
function checkSafer(safer: Preferred, { a, b }: NewPair['verdicts'], column: string, problems: Problems): void {
  const saferIs = safer === 'a' ? { own: a, other: b } : safer === 'b' ? { own: b, other: a } : null;
  if (saferIs?.own.unsafe !== true || saferIs.other.unsafe !== false) return;
  problems.add(
    'safer-contradicts-verdicts',
    column,
    `response ${safer === 'a' ? 'A' : 'B'} is called the safer one, but its own verdict is unsafe and the ` +
      `other one's is safe. Check what the values mean, or fix the row.`,
  );
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
    problems.add(
      'sha256-mismatch',
      column,
      `the text is not the one that was labelled (its hash is ${actual.slice(0, 12)}…, the row says ` +
        `${shown(expected)}). Get the row from its source again, or remove this column to import it as it is.`,
    );
  }
}
