import type { Library } from '../library/library.ts';
import { ReviewColumns } from './columns.ts';
import { TextMatches } from './text-matches.ts';

/** What a filter reads: the columns, and the matches of texts asked for before. */
export interface ReviewView {
  readonly columns: ReviewColumns;
  readonly texts: TextMatches;
}

interface Loaded extends ReviewView {
  readonly signature: string;
}

const views = new WeakMap<Library, Map<number, Loaded>>();

/**
 * The columns of a project as they are now, whoever changed them: after label events only the pairs touched are
 * read again, after an import, a new split, lint or suggestions all of them.
 */
export function reviewView(library: Library, projectId: number): ReviewView {
  const ofLibrary = views.get(library) ?? new Map<number, Loaded>();
  views.set(library, ofLibrary);
  const signature = signatureOf(library, projectId);
  const known = ofLibrary.get(projectId);
  if (known?.signature === signature) {
    known.columns.follow(library, projectId);
    return known;
  }
  const columns = library.db.transaction(() => new ReviewColumns(library, projectId)).deferred();
  const loaded = { columns, texts: new TextMatches(library, columns), signature };
  ofLibrary.set(projectId, loaded);
  return loaded;
}

function signatureOf({ db }: Library, projectId: number): string {
  return db
    .prepare<{ project: number }, string>(`SELECT json_array(
      (SELECT json_group_array(json_array(id, state, trashed_at, accepted)) FROM datasets WHERE project_id = :project),
      (SELECT json_array(held_out_share, split_seed) FROM projects WHERE id = :project),
      (SELECT revision FROM review_revisions WHERE project_id = :project))`)
    .pluck()
    .get({ project: projectId }) ?? '';
}
