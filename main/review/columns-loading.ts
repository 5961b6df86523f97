import { chainHead } from '../labels/chain.ts';
import type { Library } from '../library/library.ts';
import { ColumnSource, type Columns } from './column-source.ts';
import { ReviewColumns } from './columns.ts';

/** Some 15 milliseconds of reading, between which other calls are answered. */
const idsAtOnce = 20_000;

/** The columns of a project while they are read, piece by piece. */
export class ColumnsLoading {
  readonly #library: Library;
  readonly #source: ColumnSource;
  /** Pairs labelled after it are read again in the end. */
  readonly #seq: number;
  readonly #pieces: Columns[] = [];
  readonly #last: number;
  #after: number;

  constructor(library: Library, projectId: number) {
    this.#library = library;
    this.#seq = chainHead(library).seq;
    this.#source = new ColumnSource(library, projectId);
    const ids = library.db
      .prepare<[number], { first: number | null; last: number | null }>(`
        SELECT min((SELECT min(id) FROM pairs WHERE dataset_id = datasets.id)) AS first, max((SELECT max(id) FROM pairs WHERE dataset_id = datasets.id)) AS last
        FROM datasets WHERE project_id = ? AND state = 'ready' AND trashed_at IS NULL`)
      .get(projectId);
    this.#after = (ids?.first ?? 1) - 1;
    this.#last = ids?.last ?? 0;
  }

  /** Reads on; false when all is read. */
  step(): boolean {
    if (this.#after >= this.#last) return false;
    const upTo = Math.min(this.#last, this.#after + idsAtOnce);
    this.#pieces.push(this.#library.db.transaction(() => this.#source.range(this.#after, upTo)).deferred());
    this.#after = upTo;
    return true;
  }

  /** Reads what is left. */
  finish(): ReviewColumns {
    while (this.step());
    const columns = new ReviewColumns(this.#library, this.#source, this.#seq, this.#pieces);
    columns.follow();
    return columns;
  }
}
