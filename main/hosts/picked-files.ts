import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { badInput } from '../../native-models/failure.ts';
import type { PickedFile } from '../../preload/contract/operations/files.ts';

/** Paths the person picked in this session, behind opaque handles: a page can only name what was picked. */
export interface PickedFiles {
  /** Same path, same handle. Throws `file-not-found`. */
  add(path: string): PickedFile;
  /** Throws `unknown-file-handle`. */
  pathOf(handle: string): string;
}

export function createPickedFiles(): PickedFiles {
  const pathOfHandle = new Map<string, string>();
  const handleOfPath = new Map<string, string>();

  return {
    add(path) {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) throw badInput('file-not-found', `${path} is not there any more.`, { file: path });
      const handle = handleOfPath.get(path) ?? randomBytes(16).toString('base64url');
      handleOfPath.set(path, handle);
      pathOfHandle.set(handle, path);
      const folder = found.isDirectory();
      return { handle, name: basename(path) || path, location: path, kind: folder ? 'folder' : 'file', sizeBytes: folder ? null : found.size };
    },

    pathOf(handle) {
      const path = pathOfHandle.get(handle);
      if (path === undefined) throw badInput('unknown-file-handle', 'This file was picked before the app was restarted. Pick it again.');
      return path;
    },
  };
}
