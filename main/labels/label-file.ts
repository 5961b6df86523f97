import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { canonicalJson } from '../library/canonical-json.ts';
import { csvRow, withoutGuard } from '../library/csv-cell.ts';
import type { JsonValue } from '../../native-models/failure.ts';

/** How a labels file is written; both hold the same records. */
export type LabelFileFormat = 'jsonl' | 'csv';

const hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const source = z.enum(['imported', 'person', 'model']).nullable();
const sideState = z.strictObject({
  unsafe: z.boolean().nullable(),
  source,
  reviewer: z.string().nullable(),
  categories: z.array(z.string()),
  severity: z.int().min(0).max(3).nullable(),
  note: z.string(),
});
const pairState = z.strictObject({
  preferred: z.enum(['a', 'b', 'tie']).nullable(),
  preferredSource: source,
  preferredReviewer: z.string().nullable(),
  flagged: z.boolean(),
  a: sideState,
  b: sideState,
});

/** One pair with its imported and current labels; the pair is named by its content hash. */
const pairRecord = z.strictObject({ pair: hex, imported: pairState, current: pairState });
export type PairRecord = z.output<typeof pairRecord>;

/** One event as the library that made it logged it. */
const eventRecord = z.strictObject({
  seq: z.int().min(1),
  group: z.string().min(1),
  kind: z.enum(['edit', 'adjudicate', 'undo', 'redo']),
  target: z.string().nullable(),
  project: z.int(),
  dataset: z.null(),
  at: z.iso.datetime(),
  reviewer: z.string().min(1),
  pair: hex,
  side: z.enum(['a', 'b']).nullable(),
  field: z.enum(['verdict', 'categories', 'severity', 'note', 'preference', 'flag']),
  old: z.string(),
  new: z.string(),
  reason: z.string(),
  origin: z.null(),
  previous: hex,
  hash: hex,
});
export type EventRecord = z.output<typeof eventRecord>;

/** A record of a labels file with its 1-based line (JSONL) or record number (CSV, header included). */
export type LabelRecord = { readonly line: number } & (
  { readonly pair: PairRecord } | { readonly event: EventRecord } | { readonly problem: string }
);

const header = '{"format":"safedpo-labels","version":1}';
const columns = [
  'pair',
  'imported',
  'current',
  'seq',
  'group',
  'kind',
  'target',
  'project',
  'dataset',
  'at',
  'reviewer',
  'side',
  'field',
  'old',
  'new',
  'reason',
  'origin',
  'previous',
  'hash',
] as const;
/** Columns whose cell is JSON; all others are plain text, empty for null. */
const jsonColumns: ReadonlySet<string> = new Set(['imported', 'current', 'seq', 'project']);
const nullable: ReadonlySet<string> = new Set(['target', 'dataset', 'side', 'origin']);

/** The first line of a labels file. */
export function labelFileHeader(format: LabelFileFormat): string {
  return format === 'jsonl' ? `${header}\n` : `${columns.join(',')}\n`;
}

/** One record as a line; equal records give equal bytes. */
export function labelFileLine(record: { readonly [key: string]: JsonValue }, format: LabelFileFormat): string {
  if (format === 'jsonl') return `${canonicalJson(record)}\n`;
  return `${csvRow(columns.map((column) => cellText(column, record[column])))}\n`;
}

/** After so many nobody learns anything from the next, and a file of nothing else would keep the app for minutes. */
const mostProblems = 1000;
/** A record has a few hundred characters, a note in it included. */
const longestRecord = 1024 * 1024;

/**
 * Reads a labels file; a line that is no record comes back as a problem, so that they can be reported together. Ends
 * after 1,000 problems, and at once where the first line is another one.
 */
export function* readLabelFile(text: string, format: LabelFileFormat): Generator<LabelRecord> {
  let problems = 0;
  for (const record of format === 'jsonl' ? jsonlRecords(text) : csvRecords(text)) {
    const read =
      record.problem === null ? parseRecord(record.line, record.value) : { line: record.line, problem: record.problem };
    yield read;
    if ('problem' in read) problems += 1;
    if (problems === mostProblems) return;
  }
}

interface RawRecord {
  readonly line: number;
  readonly value: unknown;
  readonly problem: string | null;
}

function* jsonlRecords(text: string): Generator<RawRecord> {
  if (firstLine(text) !== header) return yield { line: 1, value: null, problem: `the first line must be ${header}` };
  let line = 2;
  for (let start = text.indexOf('\n') + 1; start > 0; line += 1) {
    const next = text.indexOf('\n', start);
    const content = text.slice(start, next < 0 ? undefined : next);
    if (content.length > longestRecord)
      yield { line, value: null, problem: `a record has at most ${longestRecord} characters` };
    else if (content.trim() !== '') yield { line, ...parseJson(content) };
    start = next + 1;
  }
}

function* csvRecords(text: string): Generator<RawRecord> {
  if (firstLine(text) !== columns.join(','))
    return yield { line: 1, value: null, problem: `the first line must be ${columns.join(',')}` };
  let rows: readonly (readonly string[])[];
  try {
    rows = parse(text, { relax_column_count: true, max_record_size: longestRecord });
  } catch (error) {
    yield {
      line: 1,
      value: null,
      problem: `this is no CSV file: ${error instanceof Error ? error.message : String(error)}`,
    };
    return;
  }
  for (const [index, cells] of rows.entries()) if (index > 0) yield { line: index + 1, ...csvObject(cells) };
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return text.slice(0, end < 0 ? longestRecord : end).trim();
}

function csvObject(cells: readonly string[]): Omit<RawRecord, 'line'> {
  const isPair = cells[columns.indexOf('imported')] !== '';
  const fields: [string, unknown][] = [];
  for (const [index, column] of columns.entries()) {
    const cell = withoutGuard(cells[index] ?? '');
    const ofPair = column === 'imported' || column === 'current';
    if (column !== 'pair' && ofPair !== isPair) continue;
    const read = jsonColumns.has(column)
      ? parseJson(cell)
      : { value: cell === '' && nullable.has(column) ? null : cell, problem: null };
    if (read.problem !== null) return { value: null, problem: `column ${column}: ${read.problem}` };
    fields.push([column, read.value]);
  }
  return { value: Object.fromEntries(fields), problem: null };
}

function parseRecord(line: number, value: unknown): LabelRecord {
  const isPair = typeof value === 'object' && value !== null && 'imported' in value;
  const parsed = isPair ? pairRecord.safeParse(value) : eventRecord.safeParse(value);
  if (!parsed.success)
    return {
      line,
      problem: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'record'}: ${issue.message}`).join('; '),
    };
  return 'imported' in parsed.data ? { line, pair: parsed.data } : { line, event: parsed.data };
}

function parseJson(text: string): { value: unknown; problem: string | null } {
  try {
    return { value: JSON.parse(text), problem: null };
  } catch (error) {
    return { value: null, problem: `no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function cellText(column: string, value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return jsonColumns.has(column) ? canonicalJson(value) : String(value);
}
