import { setImmediate } from 'node:timers/promises';
import type { Library } from '../../library/library.ts';
import { transact } from '../../library/transact.ts';

const batch = 500;

/**
 * Adds the next pairs to the full-text index, at most 500 of them, in one transaction of some 100 milliseconds. Call it
 * until it returns 0. Pairs of an unfinished import wait.
 * @returns how many pairs were added
 */
export function indexForSearch(library: Library): number {
  const { db } = library;
  return transact(library, () => {
    const from = db.prepare<[], number>('SELECT indexed_to FROM search_progress').pluck().get() ?? 0;
    const to = db
      .prepare<[number, number], number | null>(
        `
        SELECT max(id) FROM (SELECT id FROM pairs WHERE id > ? AND id < coalesce(
          (SELECT min(pairs.id) FROM datasets JOIN pairs ON pairs.dataset_id = datasets.id
            WHERE state = 'importing'), 9e18)
        ORDER BY id LIMIT ?)`,
      )
      .pluck()
      .get(from, batch);
    if (to === undefined || to === null) return 0;
    const { changes } = db
      .prepare(
        'INSERT INTO pair_search (rowid, prompt, response_a, response_b) SELECT id, prompt, response_a, ' +
          'response_b FROM pair_texts WHERE id > ? AND id <= ?',
      )
      .run(from, to);
    db.prepare('UPDATE search_progress SET indexed_to = ?').run(to);
    return changes;
  });
}

/**
 * Adds all pairs that are not in the full-text index yet, in slices between which other work goes on: the last step of
 * an import. Stopped half-way, the rest is added by the next search or import.
 */
export async function indexAllForSearch(
  library: Library,
  options: { readonly onProgress?: (progress: SearchProgress) => void; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { db } = library;
  const from = db.prepare<[], number>('SELECT indexed_to FROM search_progress').pluck().get() ?? 0;
  const total = db.prepare<[number], number>('SELECT count(*) FROM pairs WHERE id > ?').pluck().get(from) ?? 0;
  let done = 0;
  for (
    let added = indexForSearch(library);
    added > 0 && options.signal?.aborted !== true;
    added = indexForSearch(library)
  ) {
    done += added;
    options.onProgress?.({ done, total });
    await setImmediate();
  }
}

/** How many of the pairs that were missing in the full-text index are in it. */
export interface SearchProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * Takes the pairs of datasets trashed up to a moment out of the index; call it before they are deleted, while their
 * texts can be read.
 */
export function forgetSearch({ db }: Library, trashedUpTo: Date): void {
  db.prepare(
    `INSERT INTO pair_search (pair_search, rowid, prompt, response_a, response_b)
    SELECT 'delete', pair_texts.id, pair_texts.prompt, pair_texts.response_a, pair_texts.response_b
    FROM datasets JOIN pairs ON pairs.dataset_id = datasets.id JOIN pair_texts ON pair_texts.id = pairs.id
    WHERE trashed_at <= ? AND pairs.id <= (SELECT indexed_to FROM search_progress)`,
  ).run(trashedUpTo.toISOString());
}
