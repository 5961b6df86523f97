import { basename } from 'node:path';
import { badInput, Failure } from '../../native-models/failure.ts';
import { sha256OfFile } from '../../native-models/formats/file-hash.ts';
import { finishDataset } from '../labels/baseline.ts';
import { abandonDataset, createDataset, describeReading, rejectRows, type RejectedRow } from '../library/datasets.ts';
import type { Library } from '../library/library.ts';
import { pairWriter, type NewPair } from '../library/pairs.ts';
import { writeInBulk } from './bulk-writes.ts';
import { readFirstRows } from './first-rows.ts';
import { decideMeanings, requireClear } from './formats/decide.ts';
import { chooseFormat, type FormatChoice } from './formats/detect.ts';
import type { Mapping } from './formats/fields.ts';
import type { ParsedRow } from './formats/format.ts';
import type { Meanings } from './formats/meanings.ts';
import { surveyRows } from './formats/survey.ts';
import { ColumnsSeen } from './formats/unused-columns.ts';
import { Progress, type ImportProgress } from './progress.ts';
import { openDatasetFile } from './readers/open.ts';
import type { RowIssue } from './readers/row.ts';

export interface ImportOptions extends FormatChoice {
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import; the library is then as before. */
  readonly signal?: AbortSignal;
}

/** What an import did. Every row of the file is accepted, rejected or a duplicate (joined single responses: two rows a pair). */
export interface ImportResult {
  readonly datasetId: number;
  readonly format: string;
  readonly reason: string;
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  /** Duplicates that say something else about safety or preference than the pair that was kept. */
  readonly clashes: number;
  /** The first of all issues. */
  readonly issues: readonly RowIssue[];
  readonly issuesTotal: number;
  /** Columns of the file that nothing was read from. */
  readonly unusedColumns: readonly string[];
  /** What each value of a choice or verdict column was taken to mean: field to value to meaning. */
  readonly values: { readonly [field: string]: { readonly [value: string]: string } };
}

const batchRows = 1000;
const issuesKept = 100;
const excerptCharacters = 2000;

/**
 * Reads a file into a project, in batches and with memory that does not grow with the file. Rejected rows are kept with
 * their reasons. A file that is itself broken leaves the library as it was. Where the mapping has choices or verdicts, the
 * file is read once before, to see all their values together.
 * @throws Failure with a code of the readers, of `chooseFormat` or of `decideMeanings`; `value-meaning-unclear`; when no row can be used, the code that all issues
 *   share, or `dataset-no-usable-rows`; `import-cancelled`; and those of the library
 */
export async function importDataset(library: Library, projectId: number, file: string, options: ImportOptions = {}): Promise<ImportResult> {
  const chosen = chooseFormat(file, await readFirstRows(file), options);
  const { format, reason, mapping } = chosen;
  const meanings = await meaningsOfFile(file, mapping, options);
  const reading = { mapping, meanings, rendered: options.rendered ?? null, leftOut: options.leftOut ?? [] };
  const values = Object.fromEntries(Object.entries(meanings).map(([field, known]) => [field, Object.fromEntries(known)]));
  const opened = await openDatasetFile(file);
  const datasetId = createDataset(library, { projectId, file, bytes: opened.bytes, format: format.name, formatReason: reason, mapping: { ...mapping } });
  const columns = new ColumnsSeen();
  try {
    const progress = new Progress(opened, options.onProgress);
    const tally = new Tally(library, datasetId);
    for await (const row of format.parse(columns.watch(opened.rows), reading)) {
      if (!tally.add(row)) continue;
      progress.report(tally);
      if (options.signal?.aborted === true) throw new Failure('interrupted', 'import-cancelled', `The import of ${file} was cancelled; nothing of it was stored.`, { file });
    }
    tally.flush();
    if (tally.accepted + tally.duplicates === 0) throw nothingUsable(file, tally);
    const unusedColumns = columns.unused(reading);
    const { rendered, leftOut } = reading;
    describeReading(library, datasetId, { ...mapping, values, rendered, leftOut: [...leftOut], unusedColumns: [...unusedColumns] });
    const accepted = finishDataset(library, datasetId, { sha256: await sha256OfFile(file), rejected: tally.rejected, duplicates: tally.duplicates });
    progress.finish(tally);
    const { rejected, duplicates, clashes, issues, issuesTotal } = tally;
    return { datasetId, format: format.name, reason, accepted, rejected, duplicates, clashes, issues, issuesTotal, unusedColumns, values };
  } catch (error) {
    abandonDataset(library, datasetId);
    throw error;
  }
}

/** What the values of the choice and verdict columns mean, decided over all rows of the file. */
async function meaningsOfFile(file: string, mapping: Mapping, { values, signal }: ImportOptions): Promise<Meanings> {
  const { rows } = await openDatasetFile(file);
  const survey = await surveyRows(rows, mapping, { signal });
  return requireClear(basename(file), decideMeanings(mapping, survey, values ?? {}));
}

/** Gathers rows into batches, stores them and counts. */
class Tally {
  accepted = 0;
  rejected = 0;
  duplicates = 0;
  clashes = 0;
  issuesTotal = 0;
  readonly issues: RowIssue[] = [];
  readonly codes = new Set<string>();
  readonly #library: Library;
  readonly #datasetId: number;
  readonly #writer;
  #pairs: NewPair[] = [];
  #rejections: RejectedRow[] = [];

  constructor(library: Library, datasetId: number) {
    this.#library = library;
    this.#datasetId = datasetId;
    this.#writer = pairWriter(library, datasetId);
  }

  /** Takes a row; true when a batch was stored with it. */
  add(row: ParsedRow): boolean {
    if ('pair' in row) this.#pairs.push(row.pair);
    else {
      this.rejected += 1;
      const excerpt = row.rejected.raw.slice(0, excerptCharacters);
      for (const issue of row.rejected.issues) {
        this.issuesTotal += 1;
        this.codes.add(issue.code);
        if (this.issues.length < issuesKept) this.issues.push(issue);
        this.#rejections.push({ row: issue.row, field: issue.field === '' ? null : issue.field, code: issue.code, message: issue.message, excerpt });
      }
    }
    if (this.#pairs.length + this.#rejections.length < batchRows) return false;
    this.flush();
    return true;
  }

  flush(): void {
    if (this.#pairs.length > 0) {
      const { inserted, duplicates, clashes } = writeInBulk(this.#library, () => this.#writer.insert(this.#pairs));
      this.accepted += inserted;
      this.duplicates += duplicates;
      this.clashes += clashes;
      this.#pairs = [];
    }
    if (this.#rejections.length > 0) rejectRows(this.#library, this.#datasetId, this.#rejections);
    this.#rejections = [];
  }
}

function nothingUsable(file: string, tally: Tally): Failure {
  const [first] = tally.issues;
  const [code] = tally.codes;
  const shared = tally.codes.size === 1 && code !== undefined ? code : 'dataset-no-usable-rows';
  const issues = tally.issues.slice(0, 10).map((issue) => ({ ...issue }));
  return badInput(shared, `${basename(file)}: none of its ${tally.rejected} rows can be used; nothing was imported. ${first?.message ?? ''}`, { file, rejected: tally.rejected, issues });
}
