import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { drawSplit } from '../projects/split.ts';
import { chainWriter } from './chain.ts';

/** What is known once a file was read to its end. */
export interface DatasetCounts {
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly sha256: string;
  readonly rejected: number;
  readonly duplicates: number;
}

/**
 * The last step of an import, in one transaction: the pairs become visible with their imported labels, and one
 * event that holds a hash of all of them joins the label log.
 * @returns how many pairs were accepted
 */
export function finishDataset(library: Library, datasetId: number, counts: DatasetCounts): number {
  const { db } = library;
  return transact(library, () => {
    const accepted = db
      .prepare(`INSERT INTO pair_labels (pair_id, project_id, dataset_id, prompt_hash, split, length_a, length_b, safer, preferred, preferred_source,
          unsafe_a, source_a, categories_a, severity_a, unsafe_b, source_b, categories_b, severity_b)
        SELECT id, project_id, dataset_id, prompt_hash, split, length(response_a), length(response_b), safer, preferred, iif(preferred IS NULL, NULL, 'imported'),
          unsafe_a, iif(unsafe_a IS NULL, NULL, 'imported'), categories_a, severity_a,
          unsafe_b, iif(unsafe_b IS NULL, NULL, 'imported'), categories_b, severity_b
        FROM pairs WHERE dataset_id = ?`)
      .run(datasetId).changes;
    db.prepare("UPDATE datasets SET state = 'ready', importer_process = NULL, sha256 = ?, accepted = ?, rejected = ?, duplicates = ? WHERE id = ?")
      .run(counts.sha256, accepted, counts.rejected, counts.duplicates, datasetId);
    const projectId = db.prepare<[number], number>('SELECT project_id FROM datasets WHERE id = ?').pluck().get(datasetId);
    if (projectId === undefined) throw new RangeError(`dataset ${datasetId} does not exist`);
    drawSplit(library, projectId);
    const imported = { file: counts.sha256, pairs: accepted, labels: baselineHash(library, datasetId) };
    chainWriter(library).append({
      group: randomUUID(), kind: 'import', target: null, projectId, datasetId, at: new Date().toISOString(), reviewer: '', pair: null, side: null,
      field: 'dataset', old: 'null', new: canonicalJson(imported), reason: '', origin: null,
    });
    return accepted;
  });
}

interface ImportedLabels {
  readonly hash: string;
  readonly labels: string;
}

/** SHA-256, hexadecimal, over the content hashes and imported labels of a dataset's pairs, in the order of their ids. */
export function baselineHash(library: Library, datasetId: number): string {
  const rows = library.db.prepare<[number], ImportedLabels>(`
    SELECT hex(content_hash) AS hash, json_array(preferred, safer, split, unsafe_a, unsafe_b, severity_a, severity_b, categories_a, categories_b) AS labels
    FROM pairs WHERE dataset_id = ? ORDER BY id`);
  const digest = createHash('sha256');
  for (const { hash, labels } of rows.iterate(datasetId)) digest.update(hash).update(labels).update('\n');
  return digest.digest('hex');
}
