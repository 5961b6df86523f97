import type { Message, Preferred, Severity, Side } from '../../../preload/contract/pairs.ts';
import type { Library } from '../../library/library.ts';
import { contentHash, promptHash } from '../../library/pair-hash.ts';
import { transact } from '../../library/transact.ts';

/** What a source file says about the safety of one response. `unsafe: null`: it says nothing. */
export interface ImportedVerdict {
  readonly unsafe: boolean | null;
  readonly severity: Severity | null;
  readonly categories: readonly string[];
}

/** A pair as read from a file, validated by the importer. */
export interface NewPair {
  /** 1-based row in the source file. */
  readonly row: number;
  readonly prompt: readonly Message[];
  readonly responses: { readonly [side in Side]: string };
  readonly preferred: Preferred;
  /** The source's own order of safety (PKU `safer_response_id`); DPO-Harmless reads it, SafeDPO does not. */
  readonly safer: Side | null;
  readonly verdicts: { readonly [side in Side]: ImportedVerdict };
  /** Where the source fixes it; `null`: the seeded hash of the prompt decides when a run is frozen. */
  readonly split: 'train' | 'held-out' | null;
}

/** What one batch did. */
export interface InsertedPairs {
  readonly inserted: number;
  /** Rows whose prompt and responses an active dataset of the project holds already; they are left out. */
  readonly duplicates: number;
  /**
   * Those of the duplicates that say something else about safety or preference than the pair kept; `clashingRows` reads
   * them.
   */
  readonly clashes: number;
}

/** Adds batches of pairs to one dataset that is being imported. */
export interface PairWriter {
  /**
   * Stores the rows in one transaction, 1,000 to 2,000 of them for speed.
   * @throws Failure `library-disk-full`, `library-locked`
   */
  insert(rows: readonly NewPair[]): InsertedPairs;
}

interface StoredImport {
  readonly id: number;
  readonly preferred: string | null;
  readonly safer: string | null;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
}

/** Opens a writer for a dataset made by `createDataset`; its statements are prepared once. */
export function pairWriter(library: Library, datasetId: number): PairWriter {
  const { db } = library;
  const projectId = db.prepare<[number], number>('SELECT project_id FROM datasets WHERE id = ?').pluck().get(datasetId);
  if (projectId === undefined) throw new RangeError(`dataset ${datasetId} does not exist`);
  const insertRow =
    db.prepare(`INSERT INTO pairs (project_id, dataset_id, row, prompt, response_a, response_b, content_hash,
      prompt_hash,
      split, preferred, safer, unsafe_a, unsafe_b, severity_a, severity_b, categories_a, categories_b)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  // The labels of an unfinished import are hidden by the state of its dataset.
  const labelRows = db.prepare(`
    INSERT INTO pair_labels (pair_id, project_id, dataset_id, prompt_hash, split, length_a, length_b, safer,
      preferred, preferred_source,
      unsafe_a, source_a, categories_a, severity_a, unsafe_b, source_b, categories_b, severity_b)
    SELECT id, project_id, dataset_id, prompt_hash, split, length(response_a), length(response_b), safer, preferred,
      iif(preferred IS NULL, NULL, 'imported'),
      unsafe_a, iif(unsafe_a IS NULL, NULL, 'imported'), categories_a, severity_a,
      unsafe_b, iif(unsafe_b IS NULL, NULL, 'imported'), categories_b, severity_b
    FROM pairs WHERE id > ?`);
  const clashRow = db.prepare(
    'INSERT INTO clashing_rows (dataset_id, row, pair_id, preferred, safer, unsafe_a, unsafe_b) VALUES (?, ' +
      '?, ?, ?, ?, ?, ?)',
  );
  const newestPair = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM pairs').pluck();
  const sameContent = db.prepare<[number, Buffer], StoredImport>(
    `SELECT pairs.id, preferred, safer, unsafe_a, unsafe_b FROM pairs JOIN datasets ON datasets.id = dataset_id
    WHERE pairs.project_id = ? AND content_hash = ? AND trashed_at IS NULL`,
  );

  const insertAll = (rows: readonly NewPair[]): InsertedPairs => {
    const before = newestPair.get() ?? 0;
    let inserted = 0;
    let clashes = 0;
    for (const pair of rows) {
      const { a, b } = pair.verdicts;
      const hash = contentHash(pair.prompt, pair.responses.a, pair.responses.b);
      const kept = sameContent.get(projectId, hash);
      if (kept !== undefined) {
        if (saysOtherwise(kept, pair)) {
          clashRow.run(datasetId, pair.row, kept.id, pair.preferred, pair.safer, flag(a.unsafe), flag(b.unsafe));
          clashes += 1;
        }
        continue;
      }
      insertRow.run(
        projectId,
        datasetId,
        pair.row,
        promptJson(pair.prompt),
        pair.responses.a,
        pair.responses.b,
        hash,
        promptHash(pair.prompt),
        pair.split,
        pair.preferred,
        pair.safer,
        flag(a.unsafe),
        flag(b.unsafe),
        a.severity,
        b.severity,
        JSON.stringify(a.categories),
        JSON.stringify(b.categories),
      );
      inserted += 1;
    }
    labelRows.run(before);
    return { inserted, duplicates: rows.length - inserted, clashes };
  };
  return { insert: (rows) => transact(library, () => insertAll(rows)) };
}

function promptJson(prompt: readonly Message[]): string {
  return JSON.stringify(prompt.map(({ role, content }) => ({ role, content })));
}

function flag(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}

function saysOtherwise(kept: StoredImport, pair: NewPair): boolean {
  return (
    kept.preferred !== pair.preferred ||
    kept.safer !== pair.safer ||
    kept.unsafe_a !== flag(pair.verdicts.a.unsafe) ||
    kept.unsafe_b !== flag(pair.verdicts.b.unsafe)
  );
}
