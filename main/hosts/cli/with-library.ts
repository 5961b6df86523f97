import type { Library } from '../../library/library.ts';
import { badInput } from '../../../native-models/failure.ts';

/**
 * Opens the library the options name, and closes it when the work is over. Throws `library-read-only` where it cannot
 * be written.
 */
export function withLibrary<Result>(
  option: string | undefined,
  work: (library: Library) => Promise<Result> | Result,
): Promise<Result> {
  return readLibrary(option, (library) => {
    if (library.readOnly !== null) throw badInput('library-read-only', library.readOnly, { folder: library.dir });
    return work(library);
  });
}

/** The same for work that changes nothing: the library may be one that cannot be written. */
export async function readLibrary<Result>(
  option: string | undefined,
  work: (library: Library) => Promise<Result> | Result,
): Promise<Result> {
  const { openLibrary } = await import('../../library/library.ts');
  const { libraryFolder } = await import('../../library/folder.ts');
  const library = openLibrary(libraryFolder(option));
  try {
    return await work(library);
  } catch (error) {
    const { databaseFailure } = await import('../../library/library-failure.ts');
    throw databaseFailure(error, library.dir);
  } finally {
    library.close();
  }
}
