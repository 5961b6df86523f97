import { rm } from 'node:fs/promises';
import { isAlive } from '../../native-models/is-alive.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { relativeRunFolder, runFolderPath } from './run-folder-path.ts';
import { hasLiveEngine } from './run-files.ts';
import { readStatus } from '../../native-models/protocol/run-folder/status.ts';

/** Puts the folder of a run that is deleted on the list, in the transaction that deletes its row. */
export function listFolder({ db }: Library, runId: string): void {
  db.prepare('INSERT OR REPLACE INTO folders_to_remove (run, process) VALUES (?, NULL)').run(runId);
}

/** Puts the folder of a run that this process prepares on the list, before it is made. */
export function listPreparedFolder(library: Library, runId: string): void {
  transact(library, () =>
    library.db.prepare('INSERT INTO folders_to_remove (run, process) VALUES (?, ?)').run(runId, process.pid),
  );
}

/** Takes the folder off the list, in the transaction that stores the run's row. */
export function keepFolder({ db }: Library, runId: string): void {
  db.prepare('DELETE FROM folders_to_remove WHERE run = ?').run(runId);
}

/**
 * Removes the folders of runs that were deleted, and of runs whose preparing process ended before they were stored.
 * Only what is listed goes, so a folder that somebody put into `runs/` stays, and so do those of runs that a restored
 * backup does not know. What is interrupted here goes on at the next call.
 */
export async function removeListedFolders(library: Library): Promise<void> {
  const { db, dir } = library;
  const listed = db
    .prepare<[], { run: string; process: number | null; known: number }>(
      'SELECT run, process, run IN (SELECT id FROM runs) AS known FROM folders_to_remove',
    )
    .all();
  for (const { run, process: preparing, known } of listed) {
    if (preparing !== null && isAlive(preparing)) continue;
    const folder = known === 1 ? null : runFolderPath(dir, run, relativeRunFolder(run));
    if (folder !== null && hasLiveEngine(readStatus(folder))) continue;
    if (folder !== null) await rm(folder, { recursive: true, force: true });
    transact(library, () => keepFolder(library, run));
  }
}
