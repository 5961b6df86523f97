import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, readlink, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { badInput } from '../../native-models/failure.ts';
import { writeFailure } from '../../native-models/files/atomic-file.ts';
import { isNotFound } from '../../native-models/files/json-file.ts';
import { isAlive } from '../../native-models/is-alive.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { folderNotEmpty, requireEmptyFolder } from './empty-folder.ts';

/** A folder of our own beside the target of an export, in which it is made. */
export interface ExportFolder {
  /** Where the export will be, links resolved. */
  readonly target: string;
  /** Where it is written until then. */
  readonly partial: string;
  /**
   * Moves what was written to the target. Throws `folder-not-empty` where something came to be there meanwhile; that is
   * left alone.
   */
  publish(): Promise<void>;
  /** Removes whatever of it is not published. */
  discard(): Promise<void>;
}

/** Says in a folder that it is one of ours. */
const markerFile = '.safedpo-export';
const keyPrefix = 'export-folder/';
const owner = z.object({ pid: z.int(), host: z.string() });

/**
 * Makes the folder in which an export to `out` is written; the library remembers it, so that what a kill leaves is
 * cleared at the next start. Throws `folder-not-empty`, `folder-not-writable`, `disk-full`.
 */
export async function openExportFolder(library: Library, out: string): Promise<ExportFolder> {
  const target = await resolveTarget(resolve(out));
  await requireEmptyFolder(target);
  const folder = `${target}.safedpo-${randomBytes(6).toString('hex')}`;
  const key = `${keyPrefix}${folder}`;
  transact(library, () =>
    library.db
      .prepare('INSERT INTO settings (key, value) VALUES (?, ?)')
      .run(key, JSON.stringify({ pid: process.pid, host: hostname() })),
  );
  const discard = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    forget(library, key);
  };
  try {
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(folder);
  } catch (error) {
    forget(library, key);
    throw writeFailure(folder, error);
  }
  try {
    await writeFile(join(folder, markerFile), '');
  } catch (error) {
    await discard();
    throw writeFailure(folder, error);
  }
  const partial = join(folder, basename(target));
  return { target, partial, publish: () => publish(partial, target), discard };
}

async function publish(partial: string, target: string): Promise<void> {
  try {
    // Windows replaces no folder, not even an empty one; this removes none that holds anything.
    await rmdir(target).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    await rename(partial, target);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOTEMPTY' || code === 'EEXIST')
      throw folderNotEmpty(
        target,
        'Something else was created there while the export was being written; it was left as it is',
      );
    if (code === 'EBUSY' || code === 'EXDEV')
      throw badInput(
        'folder-not-writable',
        `${target} cannot be replaced by the export: a disk begins there. Choose a new folder inside it.`,
        { path: target, reason: code },
        { cause: error },
      );
    throw writeFailure(target, error);
  }
}

/** Where a path leads, whether or not it is there yet. */
async function resolveTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isNotFound(error)) throw writeFailure(path, error);
  }
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  if (isLink) return resolveTarget(resolve(dirname(path), await readlink(path)));
  return dirname(path) === path ? path : join(await resolveTarget(dirname(path)), basename(path));
}

/** Removes the folders of exports whose process is gone. Only what bears our mark, or nothing at all, is removed. */
export async function clearLeftExports(library: Library): Promise<void> {
  const rows = library.db
    .prepare<[number, string], { key: string; value: string }>(
      'SELECT key, value FROM settings WHERE substr(key, 1, ?) = ?',
    )
    .all(keyPrefix.length, keyPrefix);
  for (const { key, value } of rows) {
    const { pid, host } = owner.parse(JSON.parse(value));
    if (host !== hostname() || isAlive(pid)) continue;
    const folder = key.slice(keyPrefix.length);
    const isOurs = await readFile(join(folder, markerFile)).then(
      () => true,
      () => false,
    );
    if (isOurs) await rm(folder, { recursive: true, force: true });
    else await rmdir(folder).catch(() => undefined);
    forget(library, key);
  }
}

function forget(library: Library, key: string): void {
  transact(library, () => library.db.prepare('DELETE FROM settings WHERE key = ?').run(key));
}
