import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderBytes } from './folder-bytes.ts';

/** What a library's folder holds, in bytes. */
export interface LibraryParts {
  /** Projects, pairs, labels and their history, with backups. */
  readonly database: number;
  readonly runs: number;
  readonly exports: number;
  /** The sample, logs, uploads and what can be made again. */
  readonly rest: number;
}

/** Measures the library in `dir`. */
export async function libraryParts(dir: string): Promise<LibraryParts> {
  const entries = await readdir(dir, { withFileTypes: true });
  const sizes = await Promise.all(
    entries.map(async (entry) => ({
      part: partOf(entry.name),
      bytes: entry.isDirectory() ? await folderBytes(join(dir, entry.name)) : (await stat(join(dir, entry.name))).size,
    })),
  );
  const sum = (part: keyof LibraryParts): number =>
    sizes.reduce((total, size) => total + (size.part === part ? size.bytes : 0), 0);
  return { database: sum('database'), runs: sum('runs'), exports: sum('exports'), rest: sum('rest') };
}

function partOf(name: string): keyof LibraryParts {
  if (name === 'runs' || name === 'exports') return name;
  return name === 'backups' || /^library\.(sqlite|backup)/.test(name) ? 'database' : 'rest';
}
