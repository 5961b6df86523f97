import type { Library } from '../../library/library.ts';
import { transact } from '../../library/transact.ts';
import { getProject } from '../../projects/projects.ts';
import { parseQuery } from './query-language.ts';
import type { SavedView } from '../../../preload/contract/review-views.ts';

export type { SavedView } from '../../../preload/contract/review-views.ts';

/** The saved views of a project by name. */
export function savedViews({ db }: Library, projectId: number): SavedView[] {
  return db
    .prepare<[number], SavedView>('SELECT name, query FROM saved_views WHERE project_id = ? ORDER BY name')
    .all(projectId);
}

/** Saves a query under a name; a view of that name is replaced. @throws Failure `query-invalid`, `unknown-project` */
export function saveView(library: Library, projectId: number, { name, query }: SavedView): SavedView[] {
  parseQuery(query);
  getProject(library, projectId);
  transact(library, () =>
    library.db
      .prepare('INSERT OR REPLACE INTO saved_views (project_id, name, query) VALUES (?, ?, ?)')
      .run(projectId, name, query),
  );
  return savedViews(library, projectId);
}

/** Forgets a view; its pairs and labels stay. */
export function removeView(library: Library, projectId: number, name: string): SavedView[] {
  transact(library, () =>
    library.db.prepare('DELETE FROM saved_views WHERE project_id = ? AND name = ?').run(projectId, name),
  );
  return savedViews(library, projectId);
}
