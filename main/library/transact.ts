import { badInput } from '../../native-models/failure.ts';
import type { Library } from './library.ts';
import { libraryFailure } from './library-failure.ts';

/**
 * Runs `work` in one write transaction that takes its lock at once: all of it is stored and on disk when this
 * returns, or nothing of it. Calls may nest.
 * @throws Failure `library-disk-full`, `library-locked`, `library-read-only`, `library-corrupt`
 */
export function transact<Result>(library: Library, work: () => Result): Result {
  if (library.readOnly !== null) throw badInput('library-read-only', library.readOnly, { folder: library.dir });
  try {
    return library.db.transaction(work).immediate();
  } catch (error) {
    throw libraryFailure(error, library.dir);
  }
}
