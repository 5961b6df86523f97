import { Failure } from '../../native-models/failure.ts';
import type { NewPair } from '../library/pairs.ts';
import { readFirstRows } from './first-rows.ts';
import { chooseFormat, formatNames, type FormatChoice } from './formats/detect.ts';
import { cellAt, isMappingField, type Mapping, type MappingField } from './formats/fields.ts';
import { readableRows, type Column, type Sample } from './formats/sample.ts';
import { suggestedMapping } from './formats/unknown.ts';
import type { RowIssue, SourceRow } from './readers/row.ts';

/** What the import would make of a file, shown before anything is stored. */
export interface DatasetPreview {
  readonly columns: readonly Column[];
  /** `null`: no known format fits, and `mapping` is a suggestion to start from. */
  readonly format: string | null;
  readonly reason: string;
  readonly formats: readonly string[];
  readonly mapping: Mapping;
  readonly rows: readonly PreviewRow[];
}

export interface PreviewRow {
  readonly row: number;
  readonly line: number | null;
  /** The row as read; empty where it could not be read. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Which cell filled which field. */
  readonly cells: readonly { readonly field: MappingField; readonly column: string; readonly value: unknown }[];
  /** `null`: rejected, or (single responses) joined with another row. */
  readonly pair: NewPair | null;
  readonly issues: readonly RowIssue[];
}

/**
 * Reads the first rows as the import would: detection with its reason, columns, mapping, and how each row was read.
 * @throws Failure of the readers, and of a format or mapping that was asked for and does not fit
 */
export async function previewDataset(file: string, options: FormatChoice & { readonly rows?: number } = {}): Promise<DatasetPreview> {
  const sample = await readFirstRows(file);
  const first = sample.rows.slice(0, options.rows ?? 5);
  const chosen = tryFormat(file, sample, options);
  if (chosen instanceof Failure) {
    const rows = first.map((row) => previewRow(row, {}, new Map(), []));
    return { columns: sample.columns, format: null, reason: chosen.message, formats: formatNames, mapping: suggestedMapping(sample), rows };
  }
  const pairs = new Map<number, NewPair>();
  const issues: RowIssue[] = [];
  for await (const parsed of chosen.format.parse(replay(sample.rows), chosen.mapping)) {
    if ('pair' in parsed) pairs.set(parsed.pair.row, parsed.pair);
    // Beyond the first rows an answer may still find its counterpart.
    else for (const issue of parsed.rejected.issues) if (issue.code !== 'no-counterpart') issues.push(issue);
  }
  const rows = first.map((row) => previewRow(row, chosen.mapping, pairs, issues));
  return { columns: sample.columns, format: chosen.format.name, reason: chosen.reason, formats: formatNames, mapping: chosen.mapping, rows };
}

function tryFormat(file: string, sample: Sample, options: FormatChoice): ReturnType<typeof chooseFormat> | Failure {
  try {
    return chooseFormat(file, sample, options);
  } catch (error) {
    if (error instanceof Failure && (error.code === 'dataset-format-unknown' || error.code === 'dataset-without-preference')) return error;
    throw error;
  }
}

async function* replay(rows: readonly SourceRow[]): AsyncGenerator<SourceRow> {
  yield* rows;
}

function previewRow(row: SourceRow, mapping: Mapping, pairs: ReadonlyMap<number, NewPair>, issues: readonly RowIssue[]): PreviewRow {
  const [source] = readableRows([row]);
  const value = source?.value ?? {};
  const cells = Object.entries(mapping).flatMap(([field, column]) => (isMappingField(field) ? [{ field, column, value: cellAt(value, column) }] : []));
  const own = 'issue' in row ? [row.issue] : issues.filter((issue) => issue.row === row.row);
  return { row: row.row, line: row.line, source: value, cells, pair: pairs.get(row.row) ?? null, issues: own };
}
