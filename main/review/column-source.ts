import type { Library } from '../library/library.ts';
import { conflictedPairs } from './conflicts.ts';
import { findingKinds } from './findings.ts';
import { labelReader, type LabelRows } from './label-rows.ts';
import type { ReviewState } from './review-state.ts';
import { StateCodes } from './state-codes.ts';
import { informativeness } from './suggestion-store.ts';

/** Pairs as columns, in the order of their ids: 20 bytes a pair. */
export interface Columns {
  readonly ids: Int32Array;
  /** Numbers of states; pairs with the same labels and marks share one. */
  readonly states: Uint32Array;
  /** Characters of the longer response. */
  readonly lengths: Int32Array;
  /** Number of the last event about the pair; 0: none. */
  readonly changed: Int32Array;
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
  readonly #findings: ReadonlyMap<number, string>;
  readonly #unsure: ReadonlyMap<number, number>;
  readonly #conflicts: ReadonlySet<number>;

  constructor(library: Library, projectId: number) {
    this.#library = library;
    this.#projectId = projectId;
    this.#reader = labelReader(library, projectId);
    this.#labelled = library.db
      .prepare<[number, number], number>(`SELECT DISTINCT pairs.id FROM label_events CROSS JOIN pairs ON pairs.project_id = label_events.project_id AND content_hash = unhex(pair)
        WHERE label_events.project_id = ? AND seq > ?`)
      .pluck();
    this.#codes = new StateCodes(this.#reader);
    this.#findings = findingKinds(library, projectId);
    this.#unsure = informativeness(library, projectId);
    this.#conflicts = conflictedPairs(library, projectId);
  }

  /** The states met so far, by number. */
  get distinct(): readonly ReviewState[] {
    return this.#codes.distinct;
  }

  /** The pairs with ids above `after`, up to and including `last`. */
  range(after: number, last: number): Columns {
    return this.#columns(this.#reader.range(after, last), this.#conflicts);
  }

  /** The pairs, as they are now, that an event after number `seq` is about. */
  since(seq: number): Columns {
    const pairIds = this.#labelled.all(this.#projectId, seq);
    return this.#columns(this.#reader.some(pairIds), conflictedPairs(this.#library, this.#projectId, pairIds));
  }

  #columns(rows: LabelRows, conflicts: ReadonlySet<number>): Columns {
    const states = this.#codes.of(rows, (pairId) => ({ findings: this.#findings.get(pairId) ?? '', conflict: conflicts.has(pairId), suggested: this.#unsure.has(pairId) }));
    return {
      ids: Int32Array.from(rows.ids), states, lengths: Int32Array.from(rows.lengths), changed: Int32Array.from(rows.changed),
      informative: Float32Array.from(rows.ids, (pairId) => this.#unsure.get(pairId) ?? -1),
    };
  }
}
