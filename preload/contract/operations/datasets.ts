import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query, stream } from '../operation.ts';
import type { Pair, Preferred, Side } from '../pairs.ts';
import type { JsonValue, Page, TaskProgress, TextDocument } from '../views.ts';

export interface DatasetSummary {
  readonly id: number;
  readonly name: string;
  readonly importedAt: string;
  readonly trashedAt: string | null;
  readonly format: string;
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  /** Those of the duplicates that say something else than the pair that was kept. */
  readonly clashes: number;
  /** Columns of the file that nothing was read from; `null`: imported before this was noted. */
  readonly unusedColumns: readonly string[] | null;
  /** How often its pairs are drawn, beside the other datasets' pairs; 0 leaves it out. */
  readonly weight: number;
}

/** A row that was not imported, and why. */
export interface RejectedRow {
  /** 1-based row in the source file. */
  readonly row: number;
  readonly field: string | null;
  readonly code: string;
  readonly message: string;
  readonly raw: string;
}

/** What a source says of a pair. */
export interface RowLabels {
  readonly preferred: Preferred;
  /** The source's own order of safety. */
  readonly safer: Side | null;
  readonly unsafe: { readonly [side in Side]: boolean | null };
}

/** A row left out as a duplicate that contradicts the pair which was there first. */
export interface ClashingRow {
  /** 1-based row in the source file. */
  readonly row: number;
  readonly pairId: number;
  /** Its last message, shortened. */
  readonly prompt: string;
  readonly said: RowLabels;
  readonly kept: RowLabels;
}

/** Source column for each field of a pair, e.g. `{ prompt: 'question' }`. */
export type ColumnMapping = { readonly [field: string]: string };

/** What a person said values mean: field to value to meaning, e.g. `{ preferred: { '1': 'A' } }`. */
export type GivenMeanings = { readonly [field: string]: { readonly [value: string]: string } };

/** What becomes of texts that a chat template was written into: taken apart into turns, or kept as they stand. */
export type RenderedChoice = 'turns' | 'text';

/** The values of a choice or verdict column, and what each is taken to mean. */
export interface ValueMeanings {
  readonly field: string;
  readonly column: string;
  /** The meanings to choose from. */
  readonly choices: readonly string[];
  /** Each value with the number of rows that hold it; `meaning: null`: its rows cannot be read. */
  readonly values: readonly { readonly value: string; readonly rows: number; readonly meaning: string | null }[];
  /** `null`: the column can be read; otherwise why it cannot until the meanings are chosen. */
  readonly unclear: string | null;
}

export interface DatasetPreview {
  readonly fileName: string;
  readonly columns: readonly string[];
  /** `null`: no known format fits and a mapping is needed. */
  readonly format: string | null;
  readonly formatReason: string;
  readonly formats: readonly string[];
  /** The fields a mapping may name. */
  readonly fields: readonly { readonly name: string; readonly meaning: string; readonly required: boolean }[];
  readonly mapping: ColumnMapping;
  /** Columns that nothing is read from; `isPrompt`: the name says that it is a part of the prompt. */
  readonly unusedColumns: readonly { readonly name: string; readonly isPrompt: boolean }[];
  readonly values: readonly ValueMeanings[];
  /** Rows whose values were counted for `values`, and whether these are all rows of the file. */
  readonly surveyed: { readonly rows: number; readonly complete: boolean };
  /** The chat template that texts of the first rows were written with, or `null`. */
  readonly renderedWith: string | null;
  /** The first five rows: as read, and the pair made of each or the reason why not. */
  readonly rows: readonly {
    readonly row: number;
    readonly source: { readonly [column: string]: JsonValue };
    readonly pair: Omit<Pair, 'id' | 'datasetId'> | null;
    readonly issue: Omit<RejectedRow, 'raw' | 'row'> | null;
  }[];
}

export interface ImportProgress extends TaskProgress {
  readonly fileName: string;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly rowsPerSecond: number;
  /** Set once it is done. */
  readonly datasetId: number | null;
}

/** Training and held-out pairs; a prompt is never on both sides. */
export interface SplitView {
  readonly heldOutShare: number;
  readonly seed: number;
  readonly trainPairs: number;
  readonly heldOutPairs: number;
}

const project = z.strictObject({ projectId: field.projectId });
const dataset = z.strictObject({ datasetId: field.datasetId });
const format = z.string().min(1).max(60).nullable();
const column = z.string().min(1).max(200);
const mapping = z
  .record(z.string().min(1).max(60), column)
  .refine((value) => Object.keys(value).length <= 30, 'at most 30 fields')
  .nullable();

const values = z
  .record(z.string().min(1).max(60), z.record(z.string().min(1).max(200), z.string().min(1).max(60)))
  .refine((value) => Object.keys(value).length <= 30, 'at most 30 fields')
  .nullable();
/** How a file is to be read, as far as a person said it. */
const reading = z.strictObject({
  file: field.fileHandle,
  format,
  mapping,
  values: values.default(null),
  rendered: z.enum(['turns', 'text']).nullable().default(null),
  leftOut: z.array(column).max(100).default([]),
});

export const datasets = {
  list: query<readonly DatasetSummary[]>()(project),
  preview: query<DatasetPreview>()(reading.extend({ everyRow: z.boolean().default(false) })),
  import: command<{ readonly taskId: string }>()(project.extend(reading.shape)),
  importProgress: stream<ImportProgress>('latest')(z.strictObject({ taskId: field.taskId })),
  rejectedRows: query<Page<RejectedRow, number>>()(
    dataset.extend({ after: z.int().min(0).max(Number.MAX_SAFE_INTEGER), limit: field.pageSize }),
  ),
  clashingRows: query<Page<ClashingRow, number>>()(
    dataset.extend({ after: z.int().min(0).max(Number.MAX_SAFE_INTEGER), limit: field.pageSize }),
  ),
  rejectedCsv: query<TextDocument>()(dataset),
  clashingCsv: query<TextDocument>()(dataset),
  setWeight: command<DatasetSummary>()(dataset.extend({ weight: z.number().min(0).max(100) })),
  trash: command<DatasetSummary>()(dataset),
  restore: command<DatasetSummary>()(dataset),
  split: query<SplitView>()(project),
  setSplit: command<SplitView>()(project.extend({ heldOutShare: z.number().min(0).max(0.5), seed: field.seed })),
};
