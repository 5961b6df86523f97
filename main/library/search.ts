import type { Library } from './library.ts';
import { transact } from './transact.ts';

const batch = 5000;

/**
 * Adds the next pairs to the full-text index, at most 5,000 of them, in one transaction. Imports leave this to
 * idle time: call it until it returns 0. Pairs of an unfinished import wait.
 * @returns how many pairs were added
 */
export function indexForSearch(library: Library): number {
  const { db } = library;
  return transact(library, () => {
    const from = db.prepare<[], number>('SELECT indexed_to FROM search_progress').pluck().get() ?? 0;
    const to = db
      .prepare<[number, number], number | null>(`
        SELECT max(id) FROM (SELECT id FROM pairs WHERE id > ? AND id < coalesce(
          (SELECT min(pairs.id) FROM datasets JOIN pairs ON pairs.dataset_id = datasets.id WHERE state = 'importing'), 9e18) ORDER BY id LIMIT ?)`)
      .pluck()
      .get(from, batch);
    if (to === undefined || to === null) return 0;
    const { changes } = db
      .prepare('INSERT INTO pair_search (rowid, prompt, response_a, response_b) SELECT id, prompt, response_a, response_b FROM pair_texts WHERE id > ? AND id <= ?')
      .run(from, to);
    db.prepare('UPDATE search_progress SET indexed_to = ?').run(to);
    return changes;
  });
}

/**
 * The pairs of a project whose prompt or responses match, by id. `"quoted words"` match as a phrase, `word*` as a
 * prefix, several words all of them; nothing else is syntax. Pairs that are not indexed yet are indexed first.
 */
export function searchPairs(library: Library, projectId: number, query: string, limit = 500): number[] {
  const match = ftsQuery(query);
  if (match === '') return [];
  while (indexForSearch(library) > 0);
  return library.db
    .prepare<[string, number, number], number>(`
      SELECT pair_id FROM pair_search JOIN active_labels ON pair_id = pair_search.rowid WHERE pair_search MATCH ? AND project_id = ? ORDER BY pair_id LIMIT ?`)
    .pluck()
    .all(match, projectId, limit);
}

/** FTS5 syntax for what a person typed: every word and phrase quoted, so that no character can be an operator. */
function ftsQuery(query: string): string {
  const terms = [...query.matchAll(/"([^"]+)"|([^\s"*]+)(\*?)/g)];
  return terms.map(([, phrase, word = '', star = '']) => (phrase === undefined ? `"${word}"${star}` : `"${phrase}"`)).join(' ');
}
