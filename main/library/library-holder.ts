import { join } from 'node:path';
import Database from 'better-sqlite3';
import { badInput } from '../../native-models/failure.ts';
import { libraryFailure } from './library-failure.ts';
import { makeLibraryFolder, openLibrary, type Library } from './library.ts';

/**
 * Opens the library for a host, which keeps parts of it in memory: only one at a time may. The lock is one of the file
 * system on `host.lock`, so it is gone when its process is, however that ended. Commands need no lock.
 * @throws Failure `library-in-use`, and what `openLibrary` throws
 */
export function openLibraryAlone(dir: string): Library {
  const release = hold(dir);
  try {
    const library = openLibrary(dir);
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

const waitMilliseconds = 200;

/** The holder's process id is the file's user version, which others may read while it is locked for writing. */
function hold(dir: string): () => void {
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
  return badInput('library-in-use', `Process ${pid} has the library in ${dir} open already: the app's window, or a server of it. Use that one, or start this one with another library.`, { folder: dir, pid }, { cause });
}
