import { randomBytes } from 'node:crypto';
import { statSync, type Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { badInput } from '../../native-models/failure.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';
import type { AllowedFolders } from './allowed-folders.ts';

/** Paths the person picked in this session, behind opaque handles: a page can only name what was picked. */
export interface PickedFiles {
  /** Same path, same handle. Throws `file-not-found`. */
  add(path: string): PickedFile;
  /** A file that was uploaded into a folder of its own. Throws `file-not-found`. */
  addUpload(path: string): PickedFile;
  /**
   * Throws `unknown-file-handle`, and `folder-not-allowed` for what has come to lead out of the allowed folders since
   * it was picked.
   */
  pathOf(handle: string): string;
  /** For a place below a picked folder. Throws `folder-not-allowed` where it leads out of the allowed folders. */
  requireAllowed(path: string): void;
  /** Removes an uploaded file with its folder and forgets it; what the person picked on this machine is left alone. */
  discardUpload(handle: string): Promise<void>;
}

/** `allowed: null` where the system's own dialog picks, which leads anywhere. */
export function createPickedFiles(allowed: AllowedFolders | null = null): PickedFiles {
  const pathOfHandle = new Map<string, string>();
  const handleOfPath = new Map<string, string>();
  const uploads = new Set<string>();

  const add = (path: string): PickedFile => {
    const found = statOf(path);
    const handle = handleOfPath.get(path) ?? randomBytes(16).toString('base64url');
    handleOfPath.set(path, handle);
    pathOfHandle.set(handle, path);
    const folder = found.isDirectory();
    return {
      handle,
      name: basename(path) || path,
      location: path,
      kind: folder ? 'folder' : 'file',
      sizeBytes: folder ? null : found.size,
    };
  };

  return {
    add,

    addUpload(path) {
      const file = add(path);
      uploads.add(file.handle);
      return file;
    },

    pathOf(handle) {
      const path = pathOfHandle.get(handle);
      if (path === undefined)
        throw badInput('unknown-file-handle', 'This file was picked before the app was restarted. Pick it again.');
      if (!uploads.has(handle)) allowed?.require(path);
      return path;
    },

    requireAllowed: (path) => allowed?.require(path),

    async discardUpload(handle) {
      const path = pathOfHandle.get(handle);
      if (path === undefined || !uploads.delete(handle)) return;
      pathOfHandle.delete(handle);
      handleOfPath.delete(path);
      await rm(dirname(path), { recursive: true, force: true });
    },
  };
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw badInput(
      'file-not-found',
      `${path} is not there any more, or may not be looked at.`,
      { file: path },
      { cause: error },
    );
  }
}
