import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Failure, badInput } from '../failure.ts';

/**
 * What a folder or a person names is looked at before it is opened: opening a FIFO waits for ever, and a device has no
 * end.
 */

/**
 * What the file system says of a plain file, or of what a link leads to. Throws `file-not-found`, `file-not-readable`,
 * `file-is-folder`, `not-a-plain-file`.
 */
export async function statPlainFile(file: string): Promise<Stats> {
  return requirePlain(
    file,
    await stat(file).catch((error: unknown) => {
      throw fileFailure(file, error);
    }),
  );
}

/** {@link statPlainFile} at once. */
export function statPlainFileSync(file: string): Stats {
  try {
    return requirePlain(file, statSync(file));
  } catch (error) {
    throw fileFailure(file, error);
  }
}

/** The bytes of a plain file of at most `mostBytes`. Throws what {@link statPlainFile} throws, and `file-too-large`. */
export async function readPlainFile(file: string, mostBytes: number): Promise<Buffer> {
  requireSize(file, await statPlainFile(file), mostBytes);
  return readFile(file).catch((error: unknown) => {
    throw fileFailure(file, error);
  });
}

/** {@link readPlainFile} at once. */
export function readPlainFileSync(file: string, mostBytes: number): Buffer {
  requireSize(file, statPlainFileSync(file), mostBytes);
  try {
    return readFileSync(file);
  } catch (error) {
    throw fileFailure(file, error);
  }
}

function requirePlain(file: string, stats: Stats): Stats {
  if (stats.isFile()) return stats;
  if (stats.isDirectory())
    throw badInput('file-is-folder', `${file} is a folder; a file was expected. Name a file, or remove the folder.`, {
      file,
    });
  const kind = stats.isFIFO() ? 'a named pipe (FIFO)' : stats.isSocket() ? 'a socket' : 'a device';
  throw badInput(
    'not-a-plain-file',
    `${file} is ${kind}, or a link to one; only plain files are read. Copy what it gives into a file.`,
    { file, kind },
  );
}

function requireSize(file: string, { size }: Stats, mostBytes: number): void {
  if (size <= mostBytes) return;
  throw badInput(
    'file-too-large',
    `${file} has ${size} bytes; at most ${mostBytes} are read of such a file. Check that it is the right file.`,
    { file, bytes: size, expected: mostBytes },
  );
}

/** Turns an error of the file system into `file-not-found` or `file-not-readable`; passes others on. */
export function fileFailure(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure || !('code' in error)) return error;
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    return badInput(
      'file-not-found',
      `${file} does not exist (or is a link to a file that is gone). Check the path, or download the file again.`,
      { file },
      { cause: error },
    );
  return badInput(
    'file-not-readable',
    `${file} cannot be read: ${error.message}. Check its permissions and that it is a file.`,
    { file, reason: error.message },
    { cause: error },
  );
}
