import Database from 'better-sqlite3';
import { badInput, doesNotFit, failed } from '../../native-models/failure.ts';

/** The failure for an error of SQLite, which any read may meet; anything else comes back as it is. */
export function databaseFailure(error: unknown, dir: string): unknown {
  return error instanceof Database.SqliteError ? libraryFailure(error, dir) : error;
}

/**
 * Turns an error of SQLite or of the file system into the failure a person can act on. Anything else comes back as it
 * is.
 */
export function libraryFailure(error: unknown, dir: string): unknown {
  const code = errorCode(error);
  const details = { folder: dir, cause: code };
  const options = { cause: error };
  if (/^SQLITE_FULL|^SQLITE_IOERR_WRITE|^SQLITE_IOERR_SHMSIZE|^ENOSPC$|^EDQUOT$/.test(code))
    return doesNotFit(
      'library-disk-full',
      `No space is left on the disk for the library in ${dir}. Nothing of this step was stored. Free some ` +
        'space and try again.',
      details,
      options,
    );
  if (/^SQLITE_BUSY|^SQLITE_LOCKED/.test(code))
    return badInput(
      'library-locked',
      `Another process is writing to the library in ${dir} and did not finish in time. Wait for it, or ` +
        'close it, and try again.',
      details,
      options,
    );
  if (/^SQLITE_READONLY|^SQLITE_CANTOPEN|^SQLITE_PERM|^EACCES$|^EPERM$|^EROFS$|^ENOTDIR$|^EEXIST$|^ENOENT$/.test(code))
    return badInput(
      'library-read-only',
      `The library folder ${dir} cannot be written (${code}). Choose another folder, or allow writing there.`,
      details,
      options,
    );
  if (/^SQLITE_CORRUPT|^SQLITE_NOTADB/.test(code))
    return badInput(
      'library-corrupt',
      `library.sqlite in ${dir} is damaged or is no SQLite file (${code}). Restore a backup from the folder ` +
        'backups beside it, or move it away to start afresh.',
      details,
      options,
    );
  if (code.startsWith('SQLITE_IOERR'))
    return failed(
      'library-disk-failed',
      `The disk under the library in ${dir} failed to read or write (${code}). Check the disk, then try again.`,
      details,
      options,
    );
  return error;
}

function errorCode(error: unknown): string {
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
