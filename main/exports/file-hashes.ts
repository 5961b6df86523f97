import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

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
  const hash = createHash('sha256');
  const stream = createReadStream(file, { highWaterMark: 1 << 20 });
  await pipeline(stream, hash);
  return { bytes: stream.bytesRead, sha256: hash.digest('hex') };
}
