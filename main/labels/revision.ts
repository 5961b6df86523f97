import { chainHead } from './chain.ts';
import type { Library } from '../library/library.ts';
import { oncePerLibrary } from '../library/once-per-library.ts';
import { transact } from '../library/transact.ts';

/**
 * Makes every copy of the project's columns, in every process, be read again. Use it inside the transaction that
 * changes them.
 */
export function reviseProject({ db }: Library, projectId: number): void {
  db.prepare('INSERT INTO review_revisions VALUES (?, 1) ON CONFLICT DO UPDATE SET revision = revision + 1').run(
    projectId,
  );
}

const columnsReader = oncePerLibrary(({ db }) =>
  db
    .prepare<{ project: number }, string>(
      `SELECT json_array(
      (SELECT json_group_array(json_array(id, state, trashed_at, accepted)) FROM datasets WHERE project_id = :project),
      (SELECT json_array(held_out_share, split_seed) FROM projects WHERE id = :project),
      (SELECT revision FROM review_revisions WHERE project_id = :project))`,
    )
    .pluck(),
);

/** Changes when the project's pairs, their split, findings or suggestions change, and stays when only labels do. */
export function columnsRevision(library: Library, projectId: number): string {
  return columnsReader(library).get({ project: projectId }) ?? '';
}

/** Changes when anything about the project's pairs changes, labels too, whoever changes it. */
export function projectRevision(library: Library, projectId: number): string {
  return `${chainHead(library).seq} ${columnsRevision(library, projectId)}`;
}

/** Runs `work` in one transaction and has the project's columns read again afterwards. */
export function transactReview<Result>(library: Library, projectId: number, work: () => Result): Result {
  return transact(library, () => {
    const result = work();
    reviseProject(library, projectId);
    return result;
  });
}
