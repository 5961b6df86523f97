import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { databaseInMemory } from './database-in-memory.ts';
import { badInput, Failure } from '../../native-models/failure.ts';
import { isAlive } from '../../native-models/is-alive.ts';
import { libraryFailure } from './library-failure.ts';
import { migrate, requireOwnDatabase } from './migrate.ts';
import { closeToOthers } from './private-files.ts';

/** An open library: the folder with `library.sqlite`, `runs/` and `exports/`. */
export interface Library {
  readonly dir: string;
  readonly db: Database.Database;
  /** Why nothing can be changed, in a sentence for the person; `null` where everything can. */
  readonly readOnly: string | null;
  /** Writes everything back into `library.sqlite` and lets go of it. */
  close(): void;
}

export interface OpenOptions {
  /** How long a write waits for another process; 5,000 unless told. */
  readonly busyTimeoutMilliseconds?: number;
}

/**
 * Opens the library in `dir`, which is made when it does not exist, and brings its schema up to date. Where it cannot
 * be written, because the folder is read-only or the disk is full, it is opened for reading: `readOnly` says why.
 * @throws Failure `library-read-only`, `library-disk-full`, `library-corrupt`, `library-empty`, `library-locked`,
 *   `library-from-newer-version`, `library-version-unknown`, `not-a-library`
 */
export function openLibrary(dir: string, options: OpenOptions = {}): Library {
  try {
    return openForWriting(dir, options);
  } catch (error) {
    return openInstead(dir, libraryFailure(error, dir));
  }
}

/** Opens the library for reading where `failure` says that it cannot be written; throws `failure` otherwise. */
export function openInstead(dir: string, failure: unknown): Library {
  const why = failure instanceof Failure ? reasons[failure.code] : undefined;
  if (why === undefined || !existsSync(join(dir, 'library.sqlite'))) throw failure;
  try {
    return openForReading(dir, why(dir));
  } catch (error) {
    const reading = libraryFailure(error, dir);
    throw reading instanceof Failure && reasons[reading.code] === undefined ? reading : failure;
  }
}

/** Opens the library as it is now, so that nothing can be changed in it. @param readOnly why, in a sentence */
export function openForReading(dir: string, readOnly: string): Library {
  const db = databaseInMemory(dir);
  return { dir, db, readOnly, close: () => void db.close() };
}

const reasons: { readonly [code: string]: (dir: string) => string } = {
  'library-disk-full': (dir) =>
    `The disk under ${dir} is full, so the library can be read and not changed. Free some space and open it again.`,
  'library-read-only': (dir) => `${dir} cannot be written, so the library can be read and not changed.`,
};

function openForWriting(dir: string, options: OpenOptions): Library {
  const file = join(dir, 'library.sqlite');
  makeLibraryFolder(dir);
  closeToOthers(dir);
  // What does not fit SQLite's cache goes into nameless files: the person's texts stay in the library's folder then,
  // too.
  process.env['SQLITE_TMPDIR'] = dir;
  if (!existsSync(file)) makeDatabase(dir, file);
  if (statSync(file).size === 0)
    throw badInput(
      'library-empty',
      `library.sqlite in ${dir} is empty, which it never is: something has cut it off. Restore a backup ` +
        'from the folder backups beside it, or move it away to start afresh.',
      { folder: dir },
    );
  const db = new Database(file, { timeout: options.busyTimeoutMilliseconds ?? 5000, fileMustExist: true });
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('foreign_keys = ON');
    requireOwnDatabase(db, dir);
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
  return { dir, db, readOnly: null, close: () => void db.close() };
}

/**
 * Under another name first, so that a kill leaves no half library. Another process may make it meanwhile: then that one
 * counts.
 */
function makeDatabase(dir: string, file: string): void {
  for (const name of readdirSync(dir)) {
    const maker = Number(/^library\.sqlite\.(\d+)\.partial/.exec(name)?.[1] ?? process.pid);
    if (maker !== process.pid && !isAlive(maker)) rmSync(join(dir, name), { force: true });
  }
  const partial = `${file}.${process.pid}.partial`;
  rmSync(partial, { force: true });
  try {
    const db = new Database(partial);
    try {
      migrate(db, dir);
    } finally {
      db.close();
    }
    nameDatabase(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

function nameDatabase(partial: string, file: string): void {
  try {
    linkSync(partial, file);
  } catch {
    // A file system without links, or another process was first.
    if (!existsSync(file)) renameSync(partial, file);
  }
}

/**
 * Node's recursive mkdir tries for ever where a folder exists and nothing can be made in it but "not found" is the
 * answer, as in /proc.
 */
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
