import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import Database from 'better-sqlite3';
import { moveModelSync } from '../../native-models/protocol/run-folder/job.ts';
import type { Library } from './library.ts';

/**
 * Columns that may name a folder inside the library: the sample model, a model exported and trained again, exports,
 * checkpoints.
 */
const places = [
  ['projects', 'model_path'],
  ['runs', 'model_path'],
  ['evaluations', 'model_path'],
  ['checkpoints', 'folder'],
  ['exports', 'folder'],
] as const;

/**
 * Writes the library's database into `target` as it is now, where the other files have been copied to, and lets what
 * named a folder inside the library name its copy. It gets its name last, when all is in place.
 */
export function copyDatabase(library: Library, target: string): void {
  const file = join(target, 'library.sqlite');
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  library.db.prepare('VACUUM INTO ?').run(partial);
  const copy = new Database(partial);
  try {
    const [from, to] = [library.dir + sep, target + sep];
    for (const [table, column] of places)
      copy
        .prepare(`UPDATE ${table} SET ${column} = ? || substr(${column}, ?) WHERE substr(${column}, 1, ?) = ?`)
        .run(to, from.length + 1, from.length, from);
    copy.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    copy.close();
  }
  renameModels(library.dir, target);
  renameSync(partial, file);
}

/** `run.json` of a run says where its start model lies. */
function renameModels(from: string, target: string): void {
  const runs = join(target, 'runs');
  for (const run of existsSync(runs) ? readdirSync(runs) : [])
    moveModelSync(join(runs, run), (path) =>
      path.startsWith(from + sep) ? join(target, path.slice(from.length)) : path,
    );
}
