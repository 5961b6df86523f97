import { basename } from 'node:path';
import { badInput, Failure } from '../../native-models/failure.ts';
import { sha256OfFile } from '../../native-models/files/file-hash.ts';
import { finishDataset } from '../labels/baseline.ts';
import { abandonDataset, createDataset, describeReading, rejectRows, type RejectedRow } from './store/datasets.ts';
import type { Library } from '../library/library.ts';
import { pairWriter, type NewPair } from './store/pairs.ts';
import { writeInBulk } from './bulk-writes.ts';
import { readThrough } from '../foreign/ask.ts';
import { readImportQuestion } from './questions.ts';
import { getProject } from '../projects/projects.ts';
import type { FormatChoice } from './formats/detect.ts';
import type { ParsedRow } from './formats/format.ts';
import { requireImportRoom } from './import-room.ts';
import { Progress, type ImportProgress } from './progress.ts';
import type { ImportPiece, ImportStart } from './read-import.ts';
import type { RowIssue } from './readers/row.ts';

export interface ImportOptions extends FormatChoice {
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import; the library is then as before. */
  readonly signal?: AbortSignal;
}

/**
 * What an import did. Every row of the file is accepted, rejected or a duplicate (joined single responses: two rows a
 * pair).
 */
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

/**
 * Reads a file into a project, in batches and with memory that does not grow with the file. Rejected rows are kept with
 * their reasons. A file that is itself broken leaves the library as it was. Where the mapping has choices or verdicts,
 * the file is read once before, to see all their values together.
 * @throws Failure with a code of the readers, of `chooseFormat` or of `decideMeanings`; `value-meaning-unclear`; when
 * no row can be used, the code that all issues
 *   share, or `dataset-no-usable-rows`; `import-cancelled`, `unknown-project`; and those of the library
 */
export async function importDataset(
  library: Library,
  projectId: number,
  file: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  getProject(library, projectId);
  const { onProgress, signal, ...choice } = options;
  const pieces = readThrough(
    readImportQuestion,
    { file, choice },
    { subject: file, ...(signal === undefined ? {} : { signal }) },
  );
  try {
    const start = await startOf(pieces, file);
    return await storeRows(library, projectId, file, start, pieces, onProgress);
  } catch (error) {
    throw asCancelled(error, file);
  } finally {
    await pieces.return(undefined);
  }
}

type Pieces = AsyncGenerator<ImportPiece>;

async function startOf(pieces: Pieces, file: string): Promise<ImportStart> {
  const first = await pieces.next();
  if (first.done !== true && 'start' in first.value) return first.value.start;
  throw new TypeError(`no way of reading ${file} was given`);
}

async function storeRows(
  library: Library,
  projectId: number,
  file: string,
  start: ImportStart,
  pieces: Pieces,
  onProgress: ImportOptions['onProgress'],
): Promise<ImportResult> {
  const { format, reason, mapping, values, rendered, leftOut, bytes } = start;
  const datasetId = createDataset(library, {
    projectId,
    file,
    bytes,
    format,
    formatReason: reason,
    mapping: { ...mapping },
  });
  try {
    const progress = new Progress(bytes, onProgress);
    const tally = new Tally(library, datasetId);
    let unusedColumns: readonly string[] = [];
    for await (const piece of pieces) {
      if ('unusedColumns' in piece) ({ unusedColumns } = piece);
      if (!('rows' in piece)) continue;
      for (const row of piece.rows) tally.add(row);
      progress.report(tally, piece.bytesRead);
    }
    tally.flush();
    if (tally.accepted + tally.duplicates === 0) throw nothingUsable(file, tally);
    describeReading(library, datasetId, {
      ...mapping,
      values,
      rendered,
      leftOut: [...leftOut],
      unusedColumns: [...unusedColumns],
    });
    const accepted = finishDataset(library, datasetId, {
      sha256: await sha256OfFile(file),
      rejected: tally.rejected,
      duplicates: tally.duplicates,
    });
    progress.finish(tally);
    const { rejected, duplicates, clashes, issues, issuesTotal } = tally;
    return {
      datasetId,
      format,
      reason,
      accepted,
      rejected,
      duplicates,
      clashes,
      issues,
      issuesTotal,
      unusedColumns,
      values,
    };
  } catch (error) {
    abandonDataset(library, datasetId);
    // Where it was deleted meanwhile, that is the reason.
    getProject(library, projectId);
    throw error;
  }
}

/** In the words of an import. */
function asCancelled(error: unknown, file: string): unknown {
  if (!(error instanceof Failure) || error.code !== 'task-cancelled') return error;
  return new Failure(
    'interrupted',
    'import-cancelled',
    `The import of ${file} was cancelled; nothing was stored.`,
    { file },
    { cause: error },
  );
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

  add(row: ParsedRow): void {
    if ('pair' in row) this.#pairs.push(row.pair);
    else {
      this.rejected += 1;
      const { raw: excerpt } = row.rejected;
      for (const issue of row.rejected.issues) {
        this.issuesTotal += 1;
        this.codes.add(issue.code);
        if (this.issues.length < issuesKept) this.issues.push(issue);
        this.#rejections.push({
          row: issue.row,
          field: issue.field === '' ? null : issue.field,
          code: issue.code,
          message: issue.message,
          excerpt,
        });
      }
    }
    if (this.#pairs.length + this.#rejections.length >= batchRows) this.flush();
  }

  flush(): void {
    requireImportRoom(this.#library);
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
  return badInput(
    shared,
    `${basename(file)}: none of its ${tally.rejected} rows can be used; nothing was imported. ${first?.message ?? ''}`,
    { file, rejected: tally.rejected, issues },
  );
}
