import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { libraryFailure } from './library-failure.ts';
import { migrate } from './migrate.ts';
import { closeToOthers } from './private-files.ts';

/** An open library: the folder with `library.sqlite`, `runs/` and `exports/`. */
export interface Library {
  readonly dir: string;
  readonly db: Database.Database;
  /** Writes everything back into `library.sqlite` and lets go of it. */
  close(): void;
}

export interface OpenOptions {
  /** How long a write waits for another process; 5,000 unless told. */
  readonly busyTimeoutMilliseconds?: number;
}

/**
 * Opens the library in `dir`, which is made when it does not exist, and brings its schema up to date.
 * @throws Failure `library-read-only`, `library-disk-full`, `library-corrupt`, `library-locked`,
 *   `library-from-newer-version`, `not-a-library`
 */
export function openLibrary(dir: string, options: OpenOptions = {}): Library {
  try {
    makeLibraryFolder(dir);
    closeToOthers(dir);
    // What does not fit SQLite's cache goes into nameless files: the person's texts stay in the library's folder then, too.
    process.env['SQLITE_TMPDIR'] = dir;
    const db = new Database(join(dir, 'library.sqlite'), { timeout: options.busyTimeoutMilliseconds ?? 5000 });
    try {
      db.pragma('trusted_schema = OFF');
      db.pragma('foreign_keys = ON');
      migrate(db, dir);
      db.pragma('journal_mode = WAL');
      // FULL: a label is on the disk when its call returns, also after a power cut.
      db.pragma('synchronous = FULL');
      // 16 MiB; what lies beyond is in the cache of the operating system.
      db.pragma('cache_size = -16384');
      db.pragma('journal_size_limit = 67108864');
      // 16 MiB, some 300 labels: the app writes the log back in pauses before it is that long.
      db.pragma('wal_autocheckpoint = 4000');
    } catch (error) {
      db.close();
      throw error;
    }
    return { dir, db, close: () => void db.close() };
  } catch (error) {
    throw libraryFailure(error, dir);
  }
}

/** Node's recursive mkdir tries for ever where a folder exists and nothing can be made in it but "not found" is the answer, as in /proc. */
export function makeLibraryFolder(dir: string): void {
  if (existsSync(dir)) return;
  if (dirname(dir) !== dir) makeLibraryFolder(dirname(dir));
  try {
    mkdirSync(dir);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(dir)) throw error;
  }
}
