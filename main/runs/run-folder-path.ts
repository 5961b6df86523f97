import { existsSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Where a run's files lie, relative to the library: what `runs.folder` must say. */
export function relativeRunFolder(runId: string): string {
  return `runs/${runId}`;
}

/**
 * The folder of a run, absolute; `null` where the row names another place than `runs/ID`, or a link leads out of the
 * library: a library may come from somebody else, and what is joined here is written to and deleted.
 */
export function runFolderPath(libraryDir: string, runId: string, stored: string): string | null {
  if (!/^[\w-][\w.-]*$/.test(runId) || stored.replaceAll('\\', '/') !== relativeRunFolder(runId)) return null;
  const folder = join(libraryDir, 'runs', runId);
  return !existsSync(folder) || realpathSync(folder).startsWith(realpathSync(libraryDir) + sep) ? folder : null;
}

/** Stands for the folder of a run whose row is refused; there is never anything in it. */
export function noRunFolder(libraryDir: string): string {
  return join(libraryDir, 'runs', '.refused');
}
