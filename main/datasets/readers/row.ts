/** What the readers hand on: rows in file order, each either readable or with the reason why not. */

/** One thing wrong with one row. `row` is 1-based; `line` is the 1-based line for text formats, else null. */
export interface RowIssue {
  readonly row: number;
  readonly line: number | null;
  /** Column or field the issue is about; `''` when it is about the whole row. */
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export interface ReadableRow {
  readonly row: number;
  readonly line: number | null;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface UnreadableRow {
  readonly row: number;
  readonly line: number | null;
  readonly issue: RowIssue;
  /** The row's text as far as it was kept, so that a person can find and fix it. */
  readonly raw: string;
}

export type SourceRow = ReadableRow | UnreadableRow;

/** The longest row that is read, in bytes: a row is held in memory as a whole. */
export const maximumRowBytes = 16 * 1024 * 1024;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
