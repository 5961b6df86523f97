import { badInput } from '../../../native-models/failure.ts';
import type { DatasetSummary } from '../../../preload/contract/operations/datasets.ts';
import type { Library } from '../../library/library.ts';
import { transact } from '../../library/transact.ts';

const columns = 'id, name, imported_at AS importedAt, trashed_at AS trashedAt, format, accepted, rejected, duplicates, weight';

/** The datasets of a project, oldest first, without those in the trash. */
export function listDatasetSummaries({ db }: Library, projectId: number): DatasetSummary[] {
  return db.prepare<[number], DatasetSummary>(`SELECT ${columns} FROM datasets WHERE project_id = ? AND state = 'ready' AND trashed_at IS NULL ORDER BY id`).all(projectId);
}

/** Sets one column and returns the dataset as it is then. Throws `unknown-dataset`. */
export function changeDataset(library: Library, datasetId: number, column: 'weight' | 'trashed_at', value: number | string | null): DatasetSummary {
  return transact(library, () => {
    library.db.prepare(`UPDATE datasets SET ${column} = ? WHERE id = ? AND state = 'ready'`).run(value, datasetId);
    const dataset = library.db.prepare<[number], DatasetSummary>(`SELECT ${columns} FROM datasets WHERE id = ?`).get(datasetId);
    if (dataset === undefined) throw badInput('unknown-dataset', `There is no dataset ${datasetId} in the library ${library.dir}.`, { dataset: datasetId });
    return dataset;
  });
}
