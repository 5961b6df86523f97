import type { Library } from '../library/library.ts';

/** What the library's index knows of runs without opening their folders. */

/** The last value of each metric. */
export function finalMetrics({ db }: Library, runId: string): { readonly [metric: string]: number | null } {
  const rows = db
    .prepare<[string], [string, number | null]>('SELECT name, last FROM run_metrics WHERE run_id = ?')
    .raw()
    .all(runId);
  return Object.fromEntries(rows);
}

/** `null` before the first checkpoint. */
export function lastCheckpointStep({ db }: Library, runId: string): number | null {
  const select = 'SELECT max(step) FROM checkpoints WHERE run_id = ?';
  return db.prepare<[string], number | null>(select).pluck().get(runId) ?? null;
}

/** How many runs a project has, and the id of the newest; runs in the trash do not count. */
export function projectRuns(
  { db }: Library,
  projectId: number,
): { readonly count: number; readonly newest: string | null } {
  const select = 'SELECT id FROM runs WHERE project_id = ? AND trashed_at IS NULL ORDER BY created_at DESC';
  const ids = db.prepare<[number], string>(select).pluck().all(projectId);
  return { count: ids.length, newest: ids[0] ?? null };
}
