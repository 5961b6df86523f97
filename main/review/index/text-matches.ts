import type { TextTerm } from '../../../preload/contract/review-filter.ts';
import type { Library } from '../../library/library.ts';
import { indexForSearch } from '../../datasets/store/search.ts';
import type { ReviewColumns } from './columns.ts';

/** 1 where the pair at that place of the columns matches. */
export type Matches = Uint8Array;

const kept = 32;

/**
 * Full-text matches by term, as places in the columns. The texts of pairs never change, so what was found once is kept.
 */
export class TextMatches {
  readonly #library: Library;
  readonly #columns: ReviewColumns;
  readonly #found = new Map<string, Matches>();

  constructor(library: Library, columns: ReviewColumns) {
    this.#library = library;
    this.#columns = columns;
  }

  /** Where prompt or responses match one term. Pairs that are not indexed yet are indexed first. */
  of(term: TextTerm): Matches {
    const query = ftsTerm(term);
    const known = this.#found.get(query);
    const matches = known ?? this.#search(query);
    // The one used last goes to the end: the first one is given up.
    this.#found.delete(query);
    this.#found.set(query, matches);
    const [oldest] = this.#found.keys();
    if (this.#found.size > kept && oldest !== undefined) this.#found.delete(oldest);
    return matches;
  }

  #search(query: string): Matches {
    while (indexForSearch(this.#library) > 0);
    const { ids } = this.#columns;
    const matches = new Uint8Array(ids.length);
    // One text of all ids: a call for each of 300,000 would take as long as the search.
    const gathered = this.#library.db
      .prepare<[string], string>(
        'SELECT json_group_array(rowid) FROM (SELECT rowid FROM pair_search WHERE pair_search MATCH ? ORDER BY rowid)',
      )
      .pluck()
      .get(query);
    const found: readonly number[] = JSON.parse(gathered ?? '[]');
    let place = 0;
    for (const id of found) {
      while (place < ids.length && (ids[place] ?? 0) < id) place += 1;
      if (ids[place] === id) matches[place] = 1;
    }
    return matches;
  }
}

/** FTS5 syntax for one term; quoted, so that no character in it can be an operator. */
function ftsTerm({ match, words }: TextTerm): string {
  const quoted = `"${words.replaceAll('"', ' ')}"`;
  return match === 'prefix' ? `${quoted}*` : quoted;
}
