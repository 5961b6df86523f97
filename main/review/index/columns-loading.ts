import { chainHead } from '../../labels/chain.ts';
import type { Library } from '../../library/library.ts';
import { ColumnSource, type Columns, type PairColumns } from './column-source.ts';
import { ReviewColumns } from './columns.ts';
import { type KeptColumns, readKeptColumns } from './kept-columns.ts';
import { readMarks } from './pair-marks.ts';
import { informativeness } from '../suggestions/suggestion-store.ts';

/** Some 15 milliseconds of reading, between which other calls are answered. */
const idsAtOnce = 20_000;

/** The columns of a project while they are read, piece by piece, or those that an earlier process kept. */
export class ColumnsLoading {
  readonly #library: Library;
  readonly #source: ColumnSource;
  readonly #kept: KeptColumns | null;
  /** How unsure the scorers are, 0 to 1, of each pair with a suggestion. */
  readonly #unsure: ReadonlyMap<number, number>;
  /** Pairs labelled after it are read again in the end. */
  readonly #seq: number;
  readonly #pieces: Columns[] = [];
  readonly #last: number;
  #after: number;

  constructor(library: Library, projectId: number, signature: string) {
    this.#library = library;
    this.#kept = readKeptColumns(library, projectId, signature);
    this.#seq = this.#kept?.seq ?? chainHead(library).seq;
    this.#unsure = this.#kept === null ? informativeness(library, projectId) : new Map();
    this.#source = new ColumnSource(
      library,
      projectId,
      this.#kept?.marks ?? readMarks(library, projectId, this.#unsure.keys()),
      this.#kept?.distinct,
    );
    const ids = this.#kept === null ? idRange(library, projectId) : null;
    this.#after = (ids?.first ?? 1) - 1;
    this.#last = ids?.last ?? 0;
  }

  /** The event that kept columns were read after; -1 where none were kept. */
  get keptSeq(): number {
    return this.#kept?.seq ?? -1;
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
    const columns = new ReviewColumns(
      this.#library,
      this.#source,
      this.#seq,
      this.#kept?.columns ?? joined(this.#pieces),
    );
    for (const [pairId, unsure] of this.#unsure) {
      const place = columns.placeOf(pairId);
      if (place >= 0) columns.informative[place] = unsure;
    }
    columns.follow();
    return columns;
  }
}

function idRange(
  { db }: Library,
  projectId: number,
): { readonly first: number | null; readonly last: number | null } | undefined {
  return db
    .prepare<[number], { first: number | null; last: number | null }>(
      `
      SELECT min((SELECT min(id) FROM pairs WHERE dataset_id = datasets.id)) AS first, max((SELECT max(id) FROM pairs
        WHERE dataset_id = datasets.id)) AS last
      FROM datasets WHERE project_id = ? AND state = 'ready' AND trashed_at IS NULL`,
    )
    .get(projectId);
}

function joined(pieces: readonly Columns[]): PairColumns {
  const pairs = pieces.reduce((sum, { ids }) => sum + ids.length, 0);
  const all = {
    ids: new Int32Array(pairs),
    states: new Uint32Array(pairs),
    lengths: new Int32Array(pairs),
    changed: new Int32Array(pairs),
    informative: new Float32Array(pairs).fill(-1),
  };
  let place = 0;
  for (const piece of pieces) {
    all.ids.set(piece.ids, place);
    all.states.set(piece.states, place);
    all.lengths.set(piece.lengths, place);
    all.changed.set(piece.changed, place);
    place += piece.ids.length;
  }
  return all;
}
