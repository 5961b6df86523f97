import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { badInput, type Failure } from '../../../native-models/failure.ts';
import type { FolderListing, PickedFile } from '../../../preload/contract/operations/files.ts';
import type { PickedFiles } from '../picked-files.ts';

const entryLimit = 2_000;

/** The file dialog of a page in a browser: it walks the folders the person allowed when starting the host. */
export interface FolderPicker {
  roots(): readonly PickedFile[];
  /** Throws `unknown-file-handle`, `folder-not-allowed`, `folder-unreadable`. */
  list(folder: string): FolderListing;
}

/**
 * `allowed` folders are resolved once; every listed entry is resolved again, so that a symbolic link cannot lead
 * out of them. Throws `folder-unreadable` for one that is not there.
 */
export function createFolderPicker(allowed: readonly string[], pickedFiles: PickedFiles): FolderPicker {
  const roots = allowed.map(resolveRoot);
  const inside = (path: string): boolean => roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));

  return {
    roots: () => roots.map((root) => pickedFiles.add(root)),

    list(handle) {
      const folder = realpathSync(pickedFiles.pathOf(handle));
      if (!inside(folder)) throw badInput('folder-not-allowed', `${folder} is outside the folders that this server may show. Name it when the server is started.`, { folder });
      const found = readEntries(folder).flatMap((name) => resolveInside(join(folder, name), inside));
      const entries = found.slice(0, entryLimit).map((path) => pickedFiles.add(path));
      const parent = dirname(folder);
      return {
        folder: pickedFiles.add(folder),
        parent: parent !== folder && inside(parent) ? pickedFiles.add(parent) : null,
        entries: entries.toSorted((a, b) => (a.kind === b.kind ? a.name.localeCompare(b.name) : a.kind === 'folder' ? -1 : 1)),
        leftOut: found.length - entries.length,
      };
    },
  };
}

function resolveRoot(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function readEntries(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.')).toSorted();
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function unreadable(folder: string, cause: unknown): Failure {
  return badInput('folder-unreadable', `${folder} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}.`, { folder }, { cause });
}

/** The path itself when it leads to a readable place inside; a broken link or a closed folder is not offered. */
function resolveInside(path: string, inside: (path: string) => boolean): string[] {
  try {
    return inside(realpathSync(path)) ? [path] : [];
  } catch {
    return [];
  }
}
