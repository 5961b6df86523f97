import type { Library } from '../library/library.ts';
import { conflictedPairs } from './conflicts.ts';
import { findingKinds } from './findings.ts';
import { labelReader, type LabelRows } from './label-rows.ts';
import { conflictMark, type ReviewMarks, type ReviewState, suggestedMark } from './review-state.ts';
import { StateCodes } from './state-codes.ts';
import { informativeness } from './suggestion-store.ts';

/** Some pairs as columns, in the order of their ids. */
export interface Columns {
  readonly ids: Int32Array;
  /** Numbers of states; pairs with the same labels and marks share one. */
  readonly states: Uint32Array;
  /** Characters of the longer response. */
  readonly lengths: Int32Array;
  /** Number of the last event about the pair; 0: none. */
  readonly changed: Int32Array;
}

/** Reads a project's visible pairs as columns. */
export class ColumnSource {
  /** How unsure the scorers are, 0 to 1, of each pair with a suggestion. */
  readonly unsure: ReadonlyMap<number, number>;
  readonly #library: Library;
  readonly #projectId: number;
  readonly #reader;
  readonly #labelled;
  readonly #codes: StateCodes;
  readonly #marks: Map<number, ReviewMarks>;

  constructor(library: Library, projectId: number) {
    this.#library = library;
    this.#projectId = projectId;
    this.#reader = labelReader(library, projectId);
    this.#labelled = library.db
      .prepare<[number, number], number>(`SELECT DISTINCT pairs.id FROM label_events CROSS JOIN pairs ON pairs.project_id = label_events.project_id AND content_hash = unhex(pair)
        WHERE label_events.project_id = ? AND seq > ?`)
      .pluck();
    this.#codes = new StateCodes(this.#reader);
    this.unsure = informativeness(library, projectId);
    this.#marks = new Map(findingKinds(library, projectId));
    for (const pairId of this.unsure.keys()) this.#mark(pairId, suggestedMark);
    for (const pairId of conflictedPairs(library, projectId)) this.#mark(pairId, conflictMark);
  }

  /** The states met so far, by number. */
  get distinct(): readonly ReviewState[] {
    return this.#codes.distinct;
  }

  /** The pairs with ids above `after`, up to and including `last`. */
  range(after: number, last: number): Columns {
    return this.#columns(this.#reader.range(after, last));
  }

  /** The pairs, as they are now, that an event after number `seq` is about. */
  since(seq: number): Columns {
    const pairIds = this.#labelled.all(this.#projectId, seq);
    for (const pairId of pairIds) this.#marks.set(pairId, (this.#marks.get(pairId) ?? '').replace(conflictMark, ''));
    for (const pairId of conflictedPairs(this.#library, this.#projectId, pairIds)) this.#mark(pairId, conflictMark);
    return this.#columns(this.#reader.some(pairIds));
  }

  #mark(pairId: number, mark: ReviewMarks): void {
    this.#marks.set(pairId, (this.#marks.get(pairId) ?? '') + mark);
  }

  #columns(rows: LabelRows): Columns {
    return { ids: new Int32Array(rows.ids), states: this.#codes.of(rows, this.#marks), lengths: new Int32Array(rows.lengths), changed: new Int32Array(rows.changed) };
  }
}
