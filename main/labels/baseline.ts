import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { writeBack } from '../library/write-back.ts';
import { drawSplit } from '../projects/split.ts';
import { applyLog } from './apply-log.ts';
import { chainWriter } from './chain.ts';

/** What is known once a file was read to its end. */
export interface DatasetCounts {
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly sha256: string;
  readonly rejected: number;
  readonly duplicates: number;
}

/**
 * The last step of an import, in one transaction: the pairs become visible with their imported labels and with what
 * the log says of them already, and one event that holds a hash of all imported labels joins the log.
 * @returns how many pairs were accepted
 */
export function finishDataset(library: Library, datasetId: number, counts: DatasetCounts): number {
  const { db } = library;
  const finished = transact(library, () => {
    const accepted =
      db.prepare<[number], number>('SELECT count(*) FROM pair_labels WHERE dataset_id = ?').pluck().get(datasetId) ?? 0;
    db.prepare(
      "UPDATE datasets SET state = 'ready', importer_process = NULL, sha256 = ?, accepted = ?, rejected = " +
        '?, duplicates = ? WHERE id = ?',
    ).run(counts.sha256, accepted, counts.rejected, counts.duplicates, datasetId);
    const projectId = db
      .prepare<[number], number>('SELECT project_id FROM datasets WHERE id = ?')
      .pluck()
      .get(datasetId);
    if (projectId === undefined) throw new RangeError(`dataset ${datasetId} does not exist`);
    applyLog(library, projectId, datasetId);
    drawSplit(library, projectId);
    const imported = { file: counts.sha256, pairs: accepted, labels: baselineHash(library, datasetId) };
    chainWriter(library).append({
      group: randomUUID(),
      kind: 'import',
      target: null,
      projectId,
      datasetId,
      at: new Date().toISOString(),
      reviewer: '',
      pair: null,
      side: null,
      field: 'dataset',
      old: 'null',
      new: canonicalJson(imported),
      reason: '',
      origin: null,
    });
    return accepted;
  });
  writeBack(library);
  return finished;
}

const hashedPairs = 1000;

/**
 * SHA-256, hexadecimal, over the content hashes and imported labels of a dataset's pairs, in the order of their ids.
 */
export function baselineHash(library: Library, datasetId: number): string {
  // Many pairs a call: one call for each would take longer than the hash itself.
  const page = library.db.prepare<[number, number, number], { last: number | null; labels: string }>(`
    SELECT max(id) AS last, group_concat(
      hex(content_hash) || json_array(preferred, safer, split, unsafe_a, unsafe_b, severity_a, severity_b,
        categories_a, categories_b) || char(10), '' ORDER BY id) AS labels
    FROM (SELECT * FROM pairs WHERE dataset_id = ? AND id > ? ORDER BY id LIMIT ?)`);
  const digest = createHash('sha256');
  let after = 0;
  for (
    let pairs = page.get(datasetId, after, hashedPairs);
    pairs !== undefined && pairs.last !== null;
    pairs = page.get(datasetId, after, hashedPairs)
  ) {
    digest.update(pairs.labels);
    after = pairs.last;
  }
  return digest.digest('hex');
}
