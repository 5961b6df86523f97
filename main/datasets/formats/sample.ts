import { isRecord, type ReadableRow, type SourceRow } from '../readers/row.ts';
import { cellAt } from './fields.ts';
import { shown } from './problems.ts';

/** A column as the first rows show it. */
export interface Column {
  readonly name: string;
  /** JSON types seen, with what a list holds: `text`, `number`, `boolean`, `null`, `object`, `list of text`, ... */
  readonly types: readonly string[];
  /** The first value that is not empty, as JSON, cut short. */
  readonly example: string;
}

/** The first rows of a file: what detection and preview look at. */
export interface Sample {
  readonly rows: readonly SourceRow[];
  readonly columns: readonly Column[];
}

/** Describes the first rows; columns in order of appearance. */
export function sampleOf(rows: readonly SourceRow[]): Sample {
  const readable = readableRows(rows);
  const names = [...new Set(readable.flatMap(({ value }) => Object.keys(value)))];
  const columns = names.map((name) => {
    const values = readable.flatMap(({ value }) => (Object.hasOwn(value, name) ? [value[name]] : []));
    const example = values.find((value) => value !== null && value !== undefined && value !== '');
    return { name, types: [...new Set(values.map(typeName))], example: shown(example) };
  });
  return { rows, columns };
}

export function readableRows(rows: readonly SourceRow[]): readonly ReadableRow[] {
  return rows.flatMap((row) => ('issue' in row ? [] : [row]));
}

export function hasColumns(sample: Sample, ...names: readonly string[]): boolean {
  return names.every((name) => sample.columns.some((column) => column.name === name));
}

/** The first of some column names that the file has. */
export function firstColumn(sample: Sample, names: readonly string[]): string | undefined {
  return names.find((name) => hasColumns(sample, name));
}

/** Whether most rows that can be read satisfy a condition: one odd row must not hide what a file is. */
export function mostRows(sample: Sample, condition: (cell: (column: string) => unknown) => boolean): boolean {
  const rows = readableRows(sample.rows);
  return (
    rows.length > 0 && rows.filter(({ value }) => condition((column) => cellAt(value, column))).length * 2 > rows.length
  );
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return value.length === 0 ? 'list' : `list of ${typeName(value[0])}`;
  return isRecord(value) ? 'object' : typeof value;
}
