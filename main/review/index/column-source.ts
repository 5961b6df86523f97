import type { Library } from '../../library/library.ts';
import { labelReader, type LabelRows } from './label-rows.ts';
import { updateConflictMarks } from './pair-marks.ts';
import type { ReviewMarks, ReviewState } from './review-state.ts';
import { StateCodes } from './state-codes.ts';

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

/** All columns of a project. */
export interface PairColumns extends Columns {
  /** 0 to 1: how unsure the scorers are; -1 without a suggestion. */
  readonly informative: Float32Array;
}

/** Reads a project's visible pairs as columns. */
export class ColumnSource {
  readonly #library: Library;
  readonly #projectId: number;
  readonly #reader;
  readonly #labelled;
  readonly #codes: StateCodes;
  readonly #marks: Map<number, ReviewMarks>;

  /** Begins with the marks as they are now, and with states that have their numbers already. */
  constructor(
    library: Library,
    projectId: number,
    marks: ReadonlyMap<number, ReviewMarks>,
    distinct: readonly ReviewState[] = [],
  ) {
    this.#library = library;
    this.#projectId = projectId;
    this.#reader = labelReader(library, projectId);
    this.#labelled = library.db
      .prepare<[number, number], number>(
        `SELECT DISTINCT pairs.id FROM label_events CROSS JOIN pairs ON pairs.project_id = label_events.project_id
          AND content_hash = unhex(pair)
        WHERE label_events.project_id = ? AND seq > ?`,
      )
      .pluck();
    this.#codes = new StateCodes(this.#reader, distinct);
    this.#marks = new Map(marks);
  }

  get marks(): ReadonlyMap<number, ReviewMarks> {
    return this.#marks;
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
    updateConflictMarks(this.#library, this.#projectId, this.#marks, pairIds);
    return this.#columns(this.#reader.some(pairIds));
  }

  #columns(rows: LabelRows): Columns {
    return {
      ids: new Int32Array(rows.ids),
      states: this.#codes.of(rows, this.#marks),
      lengths: new Int32Array(rows.lengths),
      changed: new Int32Array(rows.changed),
    };
  }
}
