import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { sha256OfFile } from '../../native-models/files/file-hash.ts';

export interface HashedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** What lies in a folder and below but the folders themselves, by path with `/`, sorted; links are not followed. */
export async function pathsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/**
 * Size and SHA-256 of every file in a folder and below, by path. A map, since a file may have the name of a property
 * that every object has.
 */
export async function hashFolder(folder: string): Promise<ReadonlyMap<string, HashedFile>> {
  const hashes = new Map<string, HashedFile>();
  for (const path of await pathsIn(folder)) {
    const file = join(folder, path);
    hashes.set(path, { bytes: (await stat(file)).size, sha256: await sha256OfFile(file) });
  }
  return hashes;
}
