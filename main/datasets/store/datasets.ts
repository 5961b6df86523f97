import { basename } from 'node:path';
import { z } from 'zod';
import { badInput } from '../../../native-models/failure.ts';
import type { JsonValue } from '../../../native-models/failure.ts';
import { applyLog } from '../../labels/apply-log.ts';
import { canonicalJson } from '../../library/canonical-json.ts';
import { isAlive } from '../../../native-models/is-alive.ts';
import { newNumber } from '../../library/given-numbers.ts';
import type { Library } from '../../library/library.ts';
import { transact } from '../../library/transact.ts';

/** A dataset about to be read. */
export interface NewDataset {
  readonly projectId: number;
  readonly file: string;
  readonly bytes: number;
  /** Name of the format, and why it was taken for that. */
  readonly format: string;
  readonly formatReason: string;
  /** Field to column; empty where the format says it all. */
  readonly mapping: { readonly [field: string]: JsonValue };
}

/** A dataset as stored. */
export interface Dataset {
  readonly id: number;
  readonly projectId: number;
  readonly name: string;
  readonly file: string;
  /** Of the file's bytes; `null` while it is being imported. */
  readonly sha256: string | null;
  readonly bytes: number;
  readonly format: string;
  readonly formatReason: string;
  /**
   * JSON object: field to column, and beside these `values`, `rendered`, `leftOut` and `unusedColumns` (since ADR 150).
   */
  readonly mapping: string;
  readonly state: 'importing' | 'ready';
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  /** Those of the duplicates that say something else than the pair that was kept. */
  readonly clashes: number;
  /** Columns of the file that nothing was read from; `null`: imported before this was noted. */
  readonly unusedColumns: readonly string[] | null;
  /** How often its pairs are drawn for training, beside the other datasets' pairs; 0 leaves them out. */
  readonly weight: number;
  readonly importedAt: string;
  readonly trashedAt: string | null;
}

/** One thing wrong with a row that was not taken, with a short piece of what the row held. */
export interface RejectedRow {
  readonly row: number;
  readonly field: string | null;
  readonly code: string;
  readonly message: string;
  readonly excerpt: string;
}

const storedReading = z.looseObject({ unusedColumns: z.array(z.string()).nullable().default(null) });

const columns = `id, project_id AS projectId, name, file, sha256, bytes, format, format_reason AS formatReason,
  mapping, state,
  accepted, rejected, duplicates, (SELECT count(*) FROM clashing_rows WHERE dataset_id = datasets.id) AS clashes,
  weight, imported_at AS importedAt, trashed_at AS trashedAt`;

/**
 * Starts an import: add pairs with `pairWriter(library, id)` and `rejectRows`, then call `finishDataset`
 * (main/labels/baseline.ts), or `abandonDataset` when it fails. What a killed import left behind goes first.
 * @returns the dataset's id
 */
export function createDataset(library: Library, dataset: NewDataset): number {
  return transact(library, () => {
    abandonDeadImports(library);
    const id = newNumber(library, 'dataset');
    library.db
      .prepare(
        `INSERT INTO datasets (id, project_id, name, file, bytes, format, format_reason, mapping, state,
          importer_process, imported_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'importing', ?, ?)`,
      )
      .run(
        id,
        dataset.projectId,
        basename(dataset.file),
        dataset.file,
        dataset.bytes,
        dataset.format,
        dataset.formatReason,
        canonicalJson(dataset.mapping),
        process.pid,
        new Date().toISOString(),
      );
    return id;
  });
}

/** Notes how the rows of an unfinished import were read: mapping, meanings of values, columns that were not used. */
export function describeReading(
  library: Library,
  datasetId: number,
  reading: { readonly [name: string]: JsonValue },
): void {
  transact(library, () =>
    library.db
      .prepare("UPDATE datasets SET mapping = ? WHERE id = ? AND state = 'importing'")
      .run(canonicalJson(reading), datasetId),
  );
}

/** Keeps rows that were not taken, in one transaction. */
export function rejectRows(library: Library, datasetId: number, rows: readonly RejectedRow[]): void {
  const insert = library.db.prepare(
    'INSERT INTO rejected_rows (dataset_id, row, field, code, message, excerpt) VALUES (?, ?, ?, ?, ?, ?)',
  );
  transact(library, () => {
    for (const row of rows) insert.run(datasetId, row.row, row.field, row.code, row.message, row.excerpt);
  });
}

/**
 * A rejected row as stored; ids rise in the order of the import, so the last one of a page is where the next page
 * starts.
 */
export interface StoredRejectedRow extends RejectedRow {
  readonly id: number;
}

/**
 * The rejected rows of a dataset in the order of the import, one for each issue, at most `limit` after the one with id
 * `after`.
 */
export function rejectedRows(library: Library, datasetId: number, after = 0, limit = 1000): StoredRejectedRow[] {
  return library.db
    .prepare<[number, number, number], StoredRejectedRow>(
      'SELECT id, row, field, code, message, excerpt FROM rejected_rows WHERE dataset_id = ? AND id > ? ' +
        'ORDER BY id LIMIT ?',
    )
    .all(datasetId, after, limit);
}

/** Takes an unfinished import back: the library is as before `createDataset`, and so is its write-ahead log. */
export function abandonDataset(library: Library, datasetId: number): void {
  transact(library, () =>
    library.db.prepare("DELETE FROM datasets WHERE id = ? AND state = 'importing'").run(datasetId),
  );
  library.db.pragma('wal_checkpoint(TRUNCATE)');
}

/** @throws Failure `unknown-dataset` */
export function getDataset(library: Library, datasetId: number): Dataset {
  const dataset = library.db
    .prepare<[number], StoredDataset>(`SELECT ${columns} FROM datasets WHERE id = ?`)
    .get(datasetId);
  if (dataset === undefined)
    throw badInput('unknown-dataset', `There is no dataset ${datasetId} in the library ${library.dir}.`, {
      dataset: datasetId,
    });
  return toDataset(dataset);
}

/** Sets how often a dataset's pairs are drawn for training, 0 to 100. @throws Failure `unknown-dataset` */
export function setDatasetWeight(library: Library, datasetId: number, weight: number): Dataset {
  transact(library, () => library.db.prepare('UPDATE datasets SET weight = ? WHERE id = ?').run(weight, datasetId));
  return getDataset(library, datasetId);
}

/**
 * Hides a dataset and its pairs from review, counts and runs; nothing of it is lost. @throws Failure `unknown-dataset`
 */
export function trashDataset(library: Library, datasetId: number): Dataset {
  transact(library, () =>
    library.db.prepare('UPDATE datasets SET trashed_at = ? WHERE id = ?').run(new Date().toISOString(), datasetId),
  );
  return getDataset(library, datasetId);
}

/**
 * Takes a dataset out of the trash, with the labels its pairs have by now.
 * @throws Failure `unknown-dataset`, `dataset-imported-again` when another dataset holds some of its pairs since
 */
export function restoreDataset(library: Library, datasetId: number): Dataset {
  return transact(library, () => {
    const { name, projectId, trashedAt } = getDataset(library, datasetId);
    const twin = trashedAt === null ? undefined : twinOf(library, datasetId);
    if (twin !== undefined)
      throw badInput(
        'dataset-imported-again',
        `${name} cannot come back: ${twin} was imported since and holds some of its pairs. Move that one to ` +
          'the trash first.',
        { dataset: datasetId, other: twin },
      );
    library.db.prepare('UPDATE datasets SET trashed_at = NULL WHERE id = ?').run(datasetId);
    applyLog(library, projectId, datasetId);
    return getDataset(library, datasetId);
  });
}

/** The finished datasets of a project, trashed ones too, oldest first. */
export function listDatasets(library: Library, projectId: number): Dataset[] {
  return library.db
    .prepare<[number], StoredDataset>(
      `SELECT ${columns} FROM datasets WHERE project_id = ? AND state = 'ready' ORDER BY id`,
    )
    .all(projectId)
    .map(toDataset);
}

type StoredDataset = Omit<Dataset, 'unusedColumns'>;

function toDataset(stored: StoredDataset): Dataset {
  const { unusedColumns } = storedReading.parse(JSON.parse(stored.mapping));
  return { ...stored, unusedColumns };
}

/** Name of an active dataset of the same project that holds a pair of this one. */
function twinOf({ db }: Library, datasetId: number): string | undefined {
  return db
    .prepare<[number], string>(
      `
      SELECT other.name FROM pairs JOIN pairs AS twin ON twin.project_id = pairs.project_id
        AND twin.content_hash = pairs.content_hash AND twin.id <> pairs.id
      JOIN datasets AS other ON other.id = twin.dataset_id
      WHERE pairs.dataset_id = ? AND other.trashed_at IS NULL LIMIT 1`,
    )
    .pluck()
    .get(datasetId);
}

/** Takes back imports whose process ended in the middle of them. Use it inside a transaction. */
export function abandonDeadImports(library: Library): void {
  const importing = library.db
    .prepare<[], { id: number; process: number }>(
      "SELECT id, importer_process AS process FROM datasets WHERE state = 'importing'",
    )
    .all();
  for (const { id, process: owner } of importing)
    if (!isAlive(owner)) library.db.prepare('DELETE FROM datasets WHERE id = ?').run(id);
}

/** How many datasets a project has and how many pairs they brought; those in the trash do not count. */
export function datasetTotals(
  { db }: Library,
  projectId: number,
): { readonly datasets: number; readonly pairs: number } {
  const totals = db
    .prepare<[number], { datasets: number; pairs: number }>(
      `SELECT count(*) AS datasets, total(accepted) AS pairs FROM datasets
      WHERE project_id = ? AND state = 'ready' AND trashed_at IS NULL`,
    )
    .get(projectId);
  return totals ?? { datasets: 0, pairs: 0 };
}
