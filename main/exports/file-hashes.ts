import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { sha256OfFile } from '../../native-models/formats/file-hash.ts';

export interface HashedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** Size and SHA-256 of every file in a folder and below, by path with `/`, in sorted order; `except` are left out. */
export async function hashFolder(folder: string, except: readonly string[]): Promise<{ [path: string]: HashedFile }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const hashes: { [path: string]: HashedFile } = {};
  for (const path of paths.filter((candidate) => !except.includes(candidate)).sort()) hashes[path] = await hashFile(join(folder, path));
  return hashes;
}

async function hashFile(file: string): Promise<HashedFile> {
  return { bytes: (await stat(file)).size, sha256: await sha256OfFile(file) };
}
