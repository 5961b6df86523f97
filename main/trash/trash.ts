import { forgetNextSettings } from '../runs/next-settings.ts';
import { forgetRunName } from '../runs/run-name.ts';
import { badInput } from '../../native-models/failure.ts';
import type { TrashItem } from '../../preload/contract/operations/trash.ts';
import { folderBytes } from '../library/folder-bytes.ts';
import { forgetSearch } from '../datasets/store/search.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { getProject, trashProject, type Project } from '../projects/projects.ts';
import { listFolder, removeListedFolders } from '../runs/folders-to-remove.ts';
import { noRunFolder, runFolderPath } from '../runs/run-folder-path.ts';
import { hasLiveEngine } from '../runs/run-files.ts';
import { getRun, type RunRecord } from '../runs/runs.ts';
import { readStatus } from '../../native-models/protocol/run-folder/status.ts';

/** Hides a run; nothing of it is lost. @throws Failure `unknown-run`, `run-is-active` */
export function trashRun(library: Library, runId: string): RunRecord {
  const run = getRun(library, runId);
  requireRest(run.id, run.folder);
  setTrashed(library, runId, new Date().toISOString());
  return getRun(library, runId);
}

/** Takes a run out of the trash. @throws Failure `unknown-run` */
export function restoreRun(library: Library, runId: string): RunRecord {
  setTrashed(library, getRun(library, runId).id, null);
  return getRun(library, runId);
}

/**
 * Hides a project with its datasets and runs; nothing of it is lost. @throws Failure `unknown-project`, `run-is-active`
 */
export function trashProjectAtRest(library: Library, projectId: number): Project {
  runFolders(library, 'project_id = ?', [getProject(library, projectId).id]).forEach(({ id, folder }) =>
    requireRest(id, folder),
  );
  return trashProject(library, projectId);
}

/** What is in the trash, the last thrown away first. What a project took along is counted with it, not listed. */
export async function listTrash(library: Library): Promise<TrashItem[]> {
  const items = library.db.prepare<[], Omit<TrashItem, 'bytes'>>(listed).all();
  return Promise.all(
    items.map(async (item) => {
      const folders =
        item.kind === 'project'
          ? runFolders(library, 'project_id = ?', [Number(item.id)])
          : item.kind === 'run'
            ? runFolders(library, 'id = ?', [item.id])
            : [];
      const sizes = await Promise.all(folders.map(({ folder }) => folderBytes(folder)));
      return { ...item, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    }),
  );
}

/**
 * Deletes everything in the trash for good, run folders with it. Exports stay where they were written, and the label
 * log keeps what was said of the pairs.
 * @returns how many things were deleted
 */
export async function emptyTrash(library: Library): Promise<number> {
  const folders = runFolders(library, `trashed_at IS NOT NULL OR project_id IN (${trashedProjects})`, []);
  const deleted = transact(library, () => {
    const { db } = library;
    const now = new Date();
    // Datasets first, as a search index that lost its texts cannot forget them.
    db.prepare(`UPDATE datasets SET trashed_at = coalesce(trashed_at, ?) WHERE project_id IN (${trashedProjects})`).run(
      now.toISOString(),
    );
    const items = db.prepare<[], number>(`SELECT count(*) FROM (${listed})`).pluck().get() ?? 0;
    forgetSearch(library, now);
    db.prepare('DELETE FROM datasets WHERE trashed_at <= ?').run(now.toISOString());
    for (const { id } of folders) {
      listFolder(library, id);
      db.prepare('DELETE FROM evaluations WHERE run_id = ?').run(id);
      db.prepare('DELETE FROM runs WHERE id = ?').run(id);
      forgetRunName(library, id);
    }
    for (const id of db.prepare<[], number>(trashedProjects).pluck().all()) {
      db.prepare('DELETE FROM projects WHERE id = ?').run(id);
      forgetNextSettings(library, id);
    }
    return items;
  });
  // Last: rows without a folder would be broken runs. A folder that a kill leaves is on the list, and goes at the next
  // start.
  await removeListedFolders(library);
  return deleted;
}

const trashedProjects = 'SELECT id FROM projects WHERE trashed_at IS NOT NULL';

const listed = `
  SELECT 'project' AS kind, CAST(id AS TEXT) AS id, name, NULL AS projectName, trashed_at AS trashedAt,
    (SELECT total(accepted) FROM datasets WHERE project_id = projects.id AND state = 'ready') AS pairs,
      (SELECT count(*) FROM runs WHERE project_id = projects.id) AS runs
  FROM projects WHERE trashed_at IS NOT NULL
  UNION ALL
  SELECT 'dataset', CAST(datasets.id AS TEXT), datasets.name, projects.name, datasets.trashed_at, accepted, 0
  FROM datasets JOIN projects ON projects.id = project_id WHERE datasets.trashed_at IS NOT NULL
    AND projects.trashed_at IS NULL AND state = 'ready'
  UNION ALL
  SELECT 'run', runs.id, coalesce((SELECT json_extract(value, '$') FROM settings WHERE key = 'run-name/' || runs.id
    AND json_valid(value)), runs.id), projects.name, runs.trashed_at, 0, 1
  FROM runs JOIN projects ON projects.id = project_id WHERE runs.trashed_at IS NOT NULL AND projects.trashed_at IS NULL
  ORDER BY trashedAt DESC`;

function runFolders(
  { db, dir }: Library,
  where: string,
  values: readonly (string | number)[],
): { readonly id: string; readonly folder: string }[] {
  return db
    .prepare<(string | number)[], { id: string; folder: string }>(`SELECT id, folder FROM runs WHERE ${where}`)
    .all(...values)
    .map(({ id, folder }) => ({ id, folder: runFolderPath(dir, id, folder) ?? noRunFolder(dir) }));
}

function requireRest(runId: string, folder: string): void {
  const status = readStatus(folder);
  if (hasLiveEngine(status))
    throw badInput(
      'run-is-active',
      `Run ${runId} is being worked on by process ${status?.pid ?? 'unknown'}. Stop it first; then it can ` +
        'go to the trash.',
      { run: runId, pid: status?.pid ?? null },
    );
}

function setTrashed({ db }: Library, runId: string, at: string | null): void {
  db.prepare('UPDATE runs SET trashed_at = ? WHERE id = ?').run(at, runId);
}
