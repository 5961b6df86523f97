import { basename } from 'node:path';
import { Failure } from '../../native-models/failure.ts';
import type { NewPair } from './store/pairs.ts';
import { readFirstRows } from './first-rows.ts';
import { decideMeanings, meaningsIn, type DecidedField } from './formats/decide.ts';
import { chooseFormat, formatNames, type ChosenFormat, type FormatChoice } from './formats/detect.ts';
import { cellAt, isMappingField, type Mapping, type MappingField } from './formats/fields.ts';
import { isPromptColumn } from './formats/prompt-columns.ts';
import { renderedForm } from './formats/rendered.ts';
import { readableRows, type Column, type Sample } from './formats/sample.ts';
import { surveyRows } from './formats/survey.ts';
import { suggestedMapping } from './formats/unknown.ts';
import { unusedColumns } from './formats/unused-columns.ts';
import { openDatasetFile } from './readers/open.ts';
import { isRecord, type RowIssue, type SourceRow } from './readers/row.ts';

/** What the import would make of a file, shown before anything is stored. */
export interface DatasetPreview {
  readonly columns: readonly Column[];
  /** `null`: no known format fits, and `mapping` is a suggestion to start from. */
  readonly format: string | null;
  readonly reason: string;
  readonly formats: readonly string[];
  readonly mapping: Mapping;
  /** Columns that nothing is read from; `isPrompt`: its name says that it is a part of the prompt. */
  readonly unusedColumns: readonly { readonly name: string; readonly isPrompt: boolean }[];
  /** What the values of choice and verdict columns are taken to mean. */
  readonly values: readonly DecidedField[];
  /** Rows whose values were counted, and whether these are all rows of the file. */
  readonly surveyed: { readonly rows: number; readonly complete: boolean };
  /** The chat template that the first rows were written with already, or `null`. */
  readonly renderedWith: string | null;
  readonly rows: readonly PreviewRow[];
}

export interface PreviewRow {
  readonly row: number;
  readonly line: number | null;
  /** The row as read; empty where it could not be read. */
  readonly source: Readonly<Record<string, unknown>>;
  /** Which cell filled which field. */
  readonly cells: readonly { readonly field: MappingField; readonly column: string; readonly value: unknown }[];
  /** `null`: left out, or (single responses) joined with another row. */
  readonly pair: NewPair | null;
  readonly issues: readonly RowIssue[];
}

/** What a preview is made of: the choices of the person, and how much of the file is looked at. */
export interface PreviewOptions extends FormatChoice {
  readonly rows?: number;
  /** Counts the values of all rows, however long that takes. */
  readonly everyRow?: boolean;
}

/** A preview must come at once; the import itself looks at every row. */
const surveyedRows = 20_000;

/**
 * Reads the first rows as the import would: detection with its reason, columns, mapping, meanings, and how each row was
 * read.
 * @throws Failure of the readers, and of a format, mapping or meaning that was asked for and does not fit
 */
export async function previewDataset(file: string, options: PreviewOptions = {}): Promise<DatasetPreview> {
  const sample = await readFirstRows(file);
  const first = sample.rows.slice(0, options.rows ?? 5);
  const chosen = tryFormat(file, sample, options);
  const columns = sample.columns.map(({ name }) => name);
  const unread = (mapping: Mapping): DatasetPreview['unusedColumns'] =>
    unusedColumns(columns, { mapping }).map((name) => ({ name, isPrompt: isPromptColumn(name) }));
  const known = { columns: sample.columns, formats: formatNames };
  if (chosen instanceof Failure) {
    const mapping = suggestedMapping(sample);
    const rows = first.map((row) => previewRow(row, {}, new Map(), []));
    return {
      ...known,
      format: null,
      reason: chosen.message.split('\n', 1).join(''),
      mapping,
      unusedColumns: unread(mapping),
      values: [],
      surveyed: { rows: 0, complete: false },
      renderedWith: null,
      rows,
    };
  }
  const { format, reason, mapping } = chosen;
  const survey = await surveyRows(
    (await openDatasetFile(file)).rows,
    mapping,
    options.everyRow === true ? {} : { limit: surveyedRows },
  );
  const values = decideMeanings(mapping, survey, options.values ?? {});
  const rows = await readRows(chosen, sample, first, values, options);
  const { rows: counted, complete } = survey;
  return {
    ...known,
    format: format.name,
    reason,
    mapping,
    unusedColumns: unread(mapping),
    values,
    surveyed: { rows: counted, complete },
    renderedWith: renderedWith(sample, mapping),
    rows,
  };
}

async function readRows(
  { format, mapping }: ChosenFormat,
  sample: Sample,
  first: readonly SourceRow[],
  values: readonly DecidedField[],
  options: FormatChoice,
): Promise<readonly PreviewRow[]> {
  const reading = {
    mapping,
    meanings: meaningsIn(values),
    rendered: options.rendered ?? null,
    leftOut: options.leftOut ?? [],
  };
  const pairs = new Map<number, NewPair>();
  const issues: RowIssue[] = [];
  for await (const parsed of format.parse(replay(sample.rows), reading)) {
    if ('pair' in parsed) pairs.set(parsed.pair.row, parsed.pair);
    // Beyond the first rows an answer may still find its counterpart.
    else for (const issue of parsed.rejected.issues) if (issue.code !== 'no-counterpart') issues.push(issue);
  }
  return first.map((row) => previewRow(row, mapping, pairs, issues));
}

/** Fields whose texts a chat template may have been written into. */
const textFields = ['prompt', 'input', 'context', 'system', 'responseA', 'responseB', 'chosen', 'rejected'] as const;

/** The chat template that most texts in the first rows begin or end with. */
function renderedWith(sample: Sample, mapping: Mapping): string | null {
  const counts = new Map<string, number>();
  const columns = textFields.flatMap((field) => mapping[field] ?? []);
  for (const { value } of readableRows(sample.rows)) {
    const texts = columns.flatMap((column) => textsIn(cellAt(value, column)));
    const names = new Set(texts.map(renderedForm));
    for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, left], [, right]) => right - left);
  return most?.[0] ?? null;
}

/** The text of a cell, or of the messages in it. */
function textsIn(cell: unknown): readonly string[] {
  if (typeof cell === 'string') return [cell];
  if (Array.isArray(cell)) return cell.flatMap(textsIn);
  return isRecord(cell) ? textsIn(cell['content'] ?? cell['value'] ?? []) : [];
}

function tryFormat(file: string, sample: Sample, options: FormatChoice): ChosenFormat | Failure {
  try {
    return chooseFormat(basename(file), sample, options);
  } catch (error) {
    if (
      error instanceof Failure &&
      (error.code === 'dataset-format-unknown' || error.code === 'dataset-without-preference')
    )
      return error;
    throw error;
  }
}

async function* replay(rows: readonly SourceRow[]): AsyncGenerator<SourceRow> {
  yield* rows;
}

function previewRow(
  row: SourceRow,
  mapping: Mapping,
  pairs: ReadonlyMap<number, NewPair>,
  issues: readonly RowIssue[],
): PreviewRow {
  const [source] = readableRows([row]);
  const value = source?.value ?? {};
  const cells = Object.entries(mapping).flatMap(([field, column]) =>
    isMappingField(field) ? [{ field, column, value: cellAt(value, column) }] : [],
  );
  const own = 'issue' in row ? [row.issue] : issues.filter((issue) => issue.row === row.row);
  return { row: row.row, line: row.line, source: value, cells, pair: pairs.get(row.row) ?? null, issues: own };
}
