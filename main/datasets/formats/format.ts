import type { NewPair } from '../store/pairs.ts';
import type { ReadableRow, RowIssue, SourceRow } from '../readers/row.ts';
import type { Mapping } from './fields.ts';
import { Problems } from './problems.ts';
import type { Reading } from './reading.ts';
import type { Sample } from './sample.ts';

/** Why a format was taken, and which column fills which field. */
export interface Detection {
  readonly reason: string;
  readonly mapping: Mapping;
  /** The rows could as well mean something else, so the format is taken only where a person chooses it. */
  readonly doubtful?: boolean;
}

/** A row that cannot be used, with all reasons. */
export interface RejectedRow {
  readonly row: number;
  readonly issues: readonly RowIssue[];
  /** The row as it was read, as JSON or raw text. */
  readonly raw: string;
}

export type ParsedRow = { readonly pair: NewPair } | { readonly rejected: RejectedRow };

/** One way of writing preference data down. */
export interface DatasetFormat {
  /** Stable, kebab-case; `--format NAME`. */
  readonly name: string;
  /** Whether the first rows are in this format; `null`: they are not. */
  detect(sample: Sample): Detection | null;
  parse(rows: AsyncIterable<SourceRow>, reading: Reading): AsyncIterable<ParsedRow>;
}

/** Reads one row; `null` when problems were noted. */
export type RowParser = (row: ReadableRow, problems: Problems) => NewPair | null;

/** The `parse` of a format in which every row is one pair. */
export async function* parseEachRow(rows: AsyncIterable<SourceRow>, parse: RowParser): AsyncGenerator<ParsedRow> {
  for await (const source of rows) yield parseRow(source, parse);
}

export function parseRow(source: SourceRow, parse: RowParser): ParsedRow {
  if ('issue' in source) return unreadable(source);
  const problems = new Problems(source.row, source.line);
  const pair = parse(source, problems);
  return pair === null || problems.issues.length > 0 ? rejected(source, problems.issues) : { pair };
}

export function unreadable(source: Exclude<SourceRow, ReadableRow>): ParsedRow {
  return { rejected: { row: source.row, issues: [source.issue], raw: source.raw } };
}

export function rejected(source: ReadableRow, issues: readonly RowIssue[]): ParsedRow {
  return { rejected: { row: source.row, issues, raw: JSON.stringify(source.value) } };
}
