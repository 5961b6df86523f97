import { join } from 'node:path';
import Database from 'better-sqlite3';
import { badInput } from '../../native-models/failure.ts';
import { damageAtStart } from './check-database.ts';
import { libraryFailure } from './library-failure.ts';
import { makeLibraryFolder, openInstead, openLibrary, type Library } from './library.ts';

/**
 * Opens the library for a host, which keeps parts of it in memory: only one at a time may. The lock is one of the file
 * system on `host.lock`, so it is gone when its process is, however that ended. Commands need no lock.
 * @throws Failure `library-in-use`, and what `openLibrary` throws
 */
export function openLibraryAlone(dir: string): Library {
  let release: () => void;
  try {
    release = holdLibrary(dir);
  } catch (error) {
    // Where no lock can be written, nothing else can.
    return openInstead(dir, error);
  }
  try {
    const library = withoutDamage(openLibrary(dir));
    return {
      ...library,
      close() {
        library.close();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** A damaged library is opened for reading: what is left of it can be saved, and a backup restored. */
function withoutDamage(library: Library): Library {
  const [problem] = damageAtStart(library.db);
  if (problem === undefined) return library;
  library.db.pragma('query_only = ON');
  return {
    ...library,
    readOnly:
      `library.sqlite in ${library.dir} is damaged, so it can be read as far as that goes and not changed. ` +
      `Save the labels, then restore a backup in Preferences. (${problem})`,
  };
}

const waitMilliseconds = 200;

/**
 * Takes the lock of a host and gives what lets go of it. The holder's process id is the file's user version, which
 * others may read while it is locked for writing.
 */
export function holdLibrary(dir: string): () => void {
  let lock: Database.Database | null = null;
  try {
    makeLibraryFolder(dir);
    lock = new Database(join(dir, 'host.lock'), { timeout: waitMilliseconds });
    lock.pragma(`user_version = ${process.pid}`);
    lock.exec('BEGIN IMMEDIATE');
    return () => void lock?.close();
  } catch (error) {
    const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
    const holder: unknown = busy ? lock?.pragma('user_version', { simple: true }) : undefined;
    lock?.close();
    throw typeof holder === 'number' ? inUse(dir, holder, error) : libraryFailure(error, dir);
  }
}

function inUse(dir: string, pid: number, cause: unknown): Error {
  return badInput(
    'library-in-use',
    `Process ${pid} has the library in ${dir} open already: the app's window, or a server of it. Use that ` +
      'one, or start this one with another library.',
    { folder: dir, pid },
    { cause },
  );
}
