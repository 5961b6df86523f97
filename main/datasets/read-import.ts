import { basename } from 'node:path';
import { inBatches } from '../foreign/in-batches.ts';
import { readFirstRows } from './first-rows.ts';
import { decideMeanings, requireClear } from './formats/decide.ts';
import { chooseFormat, type FormatChoice } from './formats/detect.ts';
import type { Mapping } from './formats/fields.ts';
import type { ParsedRow } from './formats/format.ts';
import type { Meanings } from './formats/meanings.ts';
import type { Reading } from './formats/reading.ts';
import { surveyRows } from './formats/survey.ts';
import { ColumnsSeen } from './formats/unused-columns.ts';
import { openDatasetFile } from './readers/open.ts';

/** How a file is read, told before its rows. */
export interface ImportStart {
  readonly format: string;
  readonly reason: string;
  readonly mapping: Mapping;
  /** What each value of a choice or verdict column is taken to mean: field to value to meaning. */
  readonly values: { readonly [field: string]: { readonly [value: string]: string } };
  readonly rendered: Reading['rendered'];
  readonly leftOut: readonly string[];
  /** Size of the file in bytes. */
  readonly bytes: number;
}

/** The parts of an import, in this order: how it is read, its rows, and what was left. */
export type ImportPiece =
  | { readonly start: ImportStart }
  | { readonly rows: readonly ParsedRow[]; readonly bytesRead: number }
  | { readonly unusedColumns: readonly string[] };

/** Of a rejected row this much is kept. */
const excerptCharacters = 2000;

/**
 * Decides how a file is read, and reads it in batches; `bytesRead` is how far in the file a batch ends. Where the
 * mapping has choices or verdicts, the file is read once before, to see all their values together.
 * @throws Failure with a code of the readers, of `chooseFormat` or of `decideMeanings`; `value-meaning-unclear`
 */
export async function* readImport(file: string, choice: FormatChoice): AsyncGenerator<ImportPiece> {
  const { format, reason, mapping } = chooseFormat(file, await readFirstRows(file), choice);
  const meanings = await meaningsOfFile(file, mapping, choice);
  const reading: Reading = { mapping, meanings, rendered: choice.rendered ?? null, leftOut: choice.leftOut ?? [] };
  const values = Object.fromEntries(
    Object.entries(meanings).map(([field, known]) => [field, Object.fromEntries(known)]),
  );
  const opened = await openDatasetFile(file);
  yield {
    start: {
      format: format.name,
      reason,
      mapping,
      values,
      rendered: reading.rendered,
      leftOut: reading.leftOut,
      bytes: opened.bytes,
    },
  };
  const columns = new ColumnsSeen();
  for await (const rows of inBatches(excerpts(format.parse(columns.watch(opened.rows), reading))))
    yield { rows, bytesRead: opened.bytesRead() };
  yield { unusedColumns: columns.unused(reading) };
}

/** What the values of the choice and verdict columns mean, decided over all rows of the file. */
async function meaningsOfFile(file: string, mapping: Mapping, { values }: FormatChoice): Promise<Meanings> {
  const survey = await surveyRows((await openDatasetFile(file)).rows, mapping);
  return requireClear(basename(file), decideMeanings(mapping, survey, values ?? {}));
}

async function* excerpts(rows: AsyncIterable<ParsedRow>): AsyncGenerator<ParsedRow> {
  for await (const row of rows)
    yield 'pair' in row ? row : { rejected: { ...row.rejected, raw: row.rejected.raw.slice(0, excerptCharacters) } };
}
