import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FolderListing, PickedFile } from '../../../preload/contract/operations/files.ts';
import { folderUnreadable, type AllowedFolders } from '../../dispatch/allowed-folders.ts';
import type { PickedFiles } from '../../dispatch/picked-files.ts';

const entryLimit = 2_000;

/** The file dialog of a page in a browser: it walks the folders the person allowed when starting the host. */
export interface FolderPicker {
  roots(): readonly PickedFile[];
  /** Throws `unknown-file-handle`, `folder-not-allowed`, `folder-unreadable`. */
  list(folder: string): FolderListing;
}

/** Every listed entry is resolved, so that a symbolic link cannot lead out of `allowed`. */
export function createFolderPicker(allowed: AllowedFolders, pickedFiles: PickedFiles): FolderPicker {
  return {
    roots: () => allowed.roots.map((root) => pickedFiles.add(root)),

    list(handle) {
      const folder = realpathSync(pickedFiles.pathOf(handle));
      const found = readEntries(folder)
        .map((name) => join(folder, name))
        .filter((path) => allowed.holds(path));
      const entries = found.slice(0, entryLimit).map((path) => pickedFiles.add(path));
      const parent = dirname(folder);
      return {
        folder: pickedFiles.add(folder),
        parent: parent !== folder && allowed.holds(parent) ? pickedFiles.add(parent) : null,
        entries: entries.toSorted((a, b) =>
          a.kind === b.kind ? a.name.localeCompare(b.name) : a.kind === 'folder' ? -1 : 1,
        ),
        leftOut: found.length - entries.length,
      };
    },
  };
}

function readEntries(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .toSorted();
  } catch (error) {
    throw folderUnreadable(folder, error);
  }
}
