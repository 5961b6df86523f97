import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { badInput, doesNotFit } from '../failure.ts';

/**
 * Writes a file so that a reader sees all of it or none: beside `path` first, then fsync, rename, and fsync of the
 * folder. On a failure nothing stays behind and an older file at `path` is untouched. Throws `disk-full` or
 * `folder-not-writable`, and whatever `pieces` throws.
 */
export async function writeAtomically(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const partial = `${path}.partial`;
  try {
    const handle = await open(partial, 'w');
    try {
      for await (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeFailure(path, error);
  }
}

/** Turns an error of the file system into `disk-full` or `folder-not-writable`; passes others on. */
export function writeFailure(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return doesNotFit(
      'disk-full',
      `The disk is full: ${path} could not be written. Free some space or choose another folder.`,
      { path },
      { cause: error },
    );
  if (
    code === 'EACCES' ||
    code === 'EROFS' ||
    code === 'EPERM' ||
    code === 'ENOENT' ||
    code === 'ENOTDIR' ||
    code === 'EISDIR'
  ) {
    return badInput(
      'folder-not-writable',
      `${path} cannot be written (${code}). Check that its folder exists and that you may write there, or ` +
        'choose another.',
      { path, reason: code },
      { cause: error },
    );
  }
  return error;
}

/** Makes a rename in a folder last through a power cut. Windows cannot open folders and needs no such step. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
