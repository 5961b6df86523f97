import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import Database from 'better-sqlite3';
import { badInput } from '../../native-models/failure.ts';
import { libraryFailure } from './library-failure.ts';
import { requireLibrary } from './migrate.ts';

/** Where a library would be opened or made. */
export interface LibraryTarget {
  readonly folder: string;
  /** Projects of the library that lies there; null where a new one would be made. */
  readonly projects: number | null;
}

const ownFolder = 'SafeDPO Studio';

/**
 * What choosing `picked` would come to: the library in it, a new one in an empty folder, or else one in a folder of its
 * own below. `current` is the library that is open.
 * @throws Failure `library-open-already`, `library-inside-itself`, `library-folder-occupied`, `not-a-library`
 */
export function libraryTarget(picked: string, current: string): LibraryTarget {
  const folder = realpathSync(picked);
  if (!statSync(folder).isDirectory())
    throw badInput('library-folder-occupied', `${folder} is a file. Choose an empty folder, or one with a library.`, {
      folder,
    });
  const open = realpathSync(current);
  if (folder === open)
    throw badInput('library-open-already', `The library in ${folder} is the one that is open. Choose another folder.`, {
      folder,
    });
  if (folder.startsWith(open + sep))
    throw badInput(
      'library-inside-itself',
      `${folder} lies inside the library that is open. Choose a folder outside ${open}.`,
      { folder, library: open },
    );
  if (isEmptyOrLibrary(folder)) return { folder, projects: countProjects(folder) };
  const below = join(folder, ownFolder);
  if (!existsSync(below)) return { folder: below, projects: null };
  if (realpathSync(below) === open)
    throw badInput('library-open-already', `The library in ${below} is the one that is open. Choose another folder.`, {
      folder: below,
    });
  if (isEmptyOrLibrary(below)) return { folder: below, projects: countProjects(below) };
  throw badInput(
    'library-folder-occupied',
    `${below} holds other files and no library. Choose an empty folder, or one with a library.`,
    { folder: below },
  );
}

/** A folder that only a lock file was left in counts as empty. */
function isEmptyOrLibrary(folder: string): boolean {
  const names = readdirSync(folder).filter((name) => !name.startsWith('host.lock'));
  return names.length === 0 || names.includes('library.sqlite');
}

function countProjects(folder: string): number | null {
  const file = join(folder, 'library.sqlite');
  if (!existsSync(file)) return null;
  try {
    const db = new Database(file, { readonly: true });
    try {
      requireLibrary(db, folder);
      return db.prepare<[], number>('SELECT count(*) FROM projects WHERE trashed_at IS NULL').pluck().get() ?? 0;
    } finally {
      db.close();
    }
  } catch (error) {
    throw libraryFailure(error, folder);
  }
}
