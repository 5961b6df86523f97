import type { Library } from '../../library/library.ts';

/** Opens the library the options name, and closes it when the work is over. */
export async function withLibrary<Result>(option: string | undefined, work: (library: Library) => Promise<Result> | Result): Promise<Result> {
  const { openLibrary } = await import('../../library/library.ts');
  const { libraryFolder } = await import('../../library/folder.ts');
  const library = openLibrary(libraryFolder(option));
  try {
    return await work(library);
  } finally {
    library.close();
  }
}
