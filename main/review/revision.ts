import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';

/** Makes every copy of the project's columns, in every process, be read again. Use it inside the transaction that changes them. */
export function reviseProject({ db }: Library, projectId: number): void {
  db.prepare('INSERT INTO review_revisions VALUES (?, 1) ON CONFLICT DO UPDATE SET revision = revision + 1').run(projectId);
}

/** Runs `work` in one transaction and has the project's columns read again afterwards. */
export function transactReview<Result>(library: Library, projectId: number, work: () => Result): Result {
  return transact(library, () => {
    const result = work();
    reviseProject(library, projectId);
    return result;
  });
}
