import { realpathSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { badInput, type Failure } from '../../native-models/failure.ts';

/** The folders that the person allowed a page in a browser when starting the host. */
export interface AllowedFolders {
  readonly roots: readonly string[];
  /** Whether this leads to something inside them, with every link followed. */
  holds(path: string): boolean;
  /** Throws `folder-not-allowed` where the path, or the nearest folder above it that is there, leads out of them. */
  require(path: string): void;
}

/** Throws `folder-unreadable` for one that is not there. */
export function createAllowedFolders(folders: readonly string[]): AllowedFolders {
  const roots = folders.map(resolveRoot);
  const holds = (path: string): boolean => {
    const real = realOf(path);
    return (
      real !== null && roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))
    );
  };
  return {
    roots,
    holds,
    require(path) {
      let there = path;
      while (realOf(there) === null && dirname(there) !== there) there = dirname(there);
      if (!holds(there))
        throw badInput(
          'folder-not-allowed',
          `${path} is outside the folders that this server may show. Name it when the server is started.`,
          { folder: path },
        );
    },
  };
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function resolveRoot(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (error) {
    throw folderUnreadable(folder, error);
  }
}

export function folderUnreadable(folder: string, cause: unknown): Failure {
  return badInput(
    'folder-unreadable',
    `${folder} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}.`,
    { folder },
    { cause },
  );
}
