import { basename } from 'node:path';
import { badInput, Failure } from '../../native-models/failure.ts';
import { sha256OfFile } from '../../native-models/formats/file-hash.ts';
import { finishDataset } from '../labels/baseline.ts';
import { abandonDataset, createDataset, rejectRows, type RejectedRow } from '../library/datasets.ts';
import type { Library } from '../library/library.ts';
import { pairWriter, type NewPair } from '../library/pairs.ts';
import { writeInBulk } from './bulk-writes.ts';
import { readFirstRows } from './first-rows.ts';
import { chooseFormat, type FormatChoice } from './formats/detect.ts';
import type { ParsedRow } from './formats/format.ts';
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
}

const batchRows = 1000;
const issuesKept = 100;
const excerptCharacters = 2000;

/**
 * Reads a file into a project, in batches and with memory that does not grow with the file. Rejected rows are kept with
 * their reasons. A file that is itself broken leaves the library as it was.
 * @throws Failure with a code of the readers or of `chooseFormat`; when no row can be used, the code that all issues
 *   share, or `dataset-no-usable-rows`; `import-cancelled`; and those of the library
 */
export async function importDataset(library: Library, projectId: number, file: string, options: ImportOptions = {}): Promise<ImportResult> {
  const chosen = chooseFormat(file, await readFirstRows(file), options);
  const opened = await openDatasetFile(file);
  const { format, reason, mapping } = chosen;
  const datasetId = createDataset(library, { projectId, file, bytes: opened.bytes, format: format.name, formatReason: reason, mapping: { ...mapping } });
  try {
    const progress = new Progress(opened, options.onProgress);
    const tally = new Tally(library, datasetId);
    for await (const row of format.parse(opened.rows, mapping)) {
      if (!tally.add(row)) continue;
      progress.report(tally);
      if (options.signal?.aborted === true) throw new Failure('interrupted', 'import-cancelled', `The import of ${file} was cancelled; nothing of it was stored.`, { file });
    }
    tally.flush();
    if (tally.accepted + tally.duplicates === 0) throw nothingUsable(file, tally);
    const accepted = finishDataset(library, datasetId, { sha256: await sha256OfFile(file), rejected: tally.rejected, duplicates: tally.duplicates });
    progress.finish(tally);
    const { rejected, duplicates, clashes, issues, issuesTotal } = tally;
    return { datasetId, format: format.name, reason, accepted, rejected, duplicates, clashes, issues, issuesTotal };
  } catch (error) {
    abandonDataset(library, datasetId);
    throw error;
  }
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
