import type { LabelSource, Preferred, ResponseLabel, Severity, Side } from '../../preload/contract/pairs.ts';
import type { JsonValue } from '../../native-models/failure.ts';
import { oncePerLibrary } from '../library/once-per-library.ts';

/** One response's label, who gave its verdict, and the last event that touched it. */
export interface SideState extends ResponseLabel {
  readonly reviewer: string | null;
  readonly event: number | null;
}

/** What is thought of a pair now. */
export interface PairState {
  readonly preferred: Preferred;
  readonly preferredSource: LabelSource | null;
  readonly preferredReviewer: string | null;
  readonly flagged: boolean;
  /** The last event that touched the preference or the flag. */
  readonly event: number | null;
  readonly a: SideState;
  readonly b: SideState;
}

/** A row of `pair_labels`. */
export interface StateRow {
  readonly pair_id: number;
  readonly preferred: Preferred;
  readonly preferred_source: LabelSource | null;
  readonly preferred_reviewer: string | null;
  readonly flagged: number;
  readonly event_pair: number | null;
  readonly unsafe_a: number | null;
  readonly source_a: LabelSource | null;
  readonly reviewer_a: string | null;
  readonly categories_a: string;
  readonly severity_a: Severity | null;
  readonly note_a: string;
  readonly event_a: number | null;
  readonly unsafe_b: number | null;
  readonly source_b: LabelSource | null;
  readonly reviewer_b: string | null;
  readonly categories_b: string;
  readonly severity_b: Severity | null;
  readonly note_b: string;
  readonly event_b: number | null;
}

/** The imported columns of `pairs`, from which the log starts. */
export interface BaselineRow {
  readonly preferred: Preferred;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
  readonly categories_a: string;
  readonly categories_b: string;
  readonly severity_a: Severity | null;
  readonly severity_b: Severity | null;
}

/** The state a row of `pair_labels` holds. */
export function stateOf(row: StateRow): PairState {
  return {
    preferred: row.preferred,
    preferredSource: row.preferred_source,
    preferredReviewer: row.preferred_reviewer,
    flagged: row.flagged === 1,
    event: row.event_pair,
    a: sideState(row.unsafe_a, row.source_a, row.reviewer_a, row.categories_a, row.severity_a, row.note_a, row.event_a),
    b: sideState(row.unsafe_b, row.source_b, row.reviewer_b, row.categories_b, row.severity_b, row.note_b, row.event_b),
  };
}

/** The state before the first event: what the source file says. */
export function baselineOf(row: BaselineRow): PairState {
  const { unsafe_a: a, unsafe_b: b } = row;
  return {
    preferred: row.preferred,
    preferredSource: row.preferred === null ? null : 'imported',
    preferredReviewer: null,
    flagged: false,
    event: null,
    a: sideState(a, a === null ? null : 'imported', null, row.categories_a, row.severity_a, '', null),
    b: sideState(b, b === null ? null : 'imported', null, row.categories_b, row.severity_b, '', null),
  };
}

/** The wire form of a state, without event numbers: what labels files hold. */
export function portableState(state: PairState): JsonValue {
  const side = ({ unsafe, source, reviewer, categories, severity, note }: SideState): JsonValue => ({
    unsafe,
    source,
    reviewer,
    categories,
    severity,
    note,
  });
  const { preferred, preferredSource, preferredReviewer, flagged } = state;
  return { preferred, preferredSource, preferredReviewer, flagged, a: side(state.a), b: side(state.b) };
}

/** Reads and writes current states by pair id. */
export interface StateStore {
  read(pairId: number): PairState | null;
  write(pairId: number, state: PairState): void;
}

/** A library's current states. */
export const stateStore = oncePerLibrary(({ db }): StateStore => {
  const select = db.prepare<[number], StateRow>('SELECT * FROM pair_labels WHERE pair_id = ?');
  const update =
    db.prepare(`UPDATE pair_labels SET preferred = ?, preferred_source = ?, preferred_reviewer = ?, flagged = ?,
      event_pair = ?,
    unsafe_a = ?, source_a = ?, reviewer_a = ?, categories_a = ?, severity_a = ?, note_a = ?, event_a = ?,
    unsafe_b = ?, source_b = ?, reviewer_b = ?, categories_b = ?, severity_b = ?, note_b = ?, event_b = ?
      WHERE pair_id = ?`);
  return {
    read: (pairId) => {
      const row = select.get(pairId);
      return row === undefined ? null : stateOf(row);
    },
    write: (pairId, state) => {
      update.run(
        state.preferred,
        state.preferredSource,
        state.preferredReviewer,
        Number(state.flagged),
        state.event,
        ...sideColumns(state.a),
        ...sideColumns(state.b),
        pairId,
      );
    },
  };
});

function sideColumns(side: SideState): (string | number | null)[] {
  const unsafe = side.unsafe === null ? null : Number(side.unsafe);
  return [unsafe, side.source, side.reviewer, JSON.stringify(side.categories), side.severity, side.note, side.event];
}

function sideState(
  unsafe: number | null,
  source: LabelSource | null,
  reviewer: string | null,
  categories: string,
  severity: Severity | null,
  note: string,
  event: number | null,
): SideState {
  const names: readonly string[] = JSON.parse(categories);
  return { unsafe: unsafe === null ? null : unsafe === 1, source, reviewer, categories: names, severity, note, event };
}

/** Names one part of a pair's state. */
export type LabelField = 'verdict' | 'categories' | 'severity' | 'note' | 'preference' | 'flag';

export interface FieldPlace {
  readonly side: Side | null;
  readonly field: LabelField;
}
