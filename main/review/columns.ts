import type { TransformClass } from '../../preload/contract/pairs.ts';
import { type FacetName, facetNames } from '../../preload/contract/review-filter.ts';
import { chainHead } from '../labels/chain.ts';
import type { Library } from '../library/library.ts';
import { conflictedPairs } from './conflicts.ts';
import { findingKinds } from './findings.ts';
import { informativeness } from './suggestion-store.ts';

/** The values that all pairs of one state share, by facet. */
export type ReviewState = { readonly [facet in FacetName]: readonly string[] };

/** One label state, shared by every pair that is in it. */
interface StateCode {
  readonly code: number;
  readonly state: ReviewState;
}

interface StoredRow {
  readonly id: number;
  /** JSON of everything a state is made of, but what comes from the tables of the review. */
  readonly labels: string;
  readonly length: number;
  readonly changed: number;
}

const rowColumns = `pair_id AS id, max(length_a, length_b) AS length, max(coalesce(event_pair, 0), coalesce(event_a, 0), coalesce(event_b, 0)) AS changed,
  json_array(class, unsafe_a, unsafe_b, source_a, source_b, preferred_source, reviewer_a, reviewer_b, preferred_reviewer, json(categories_a), json(categories_b),
    severity_a, severity_b, flagged, dataset_id, held_out) AS labels`;

type Labels = readonly [
  transform: TransformClass, unsafeA: number | null, unsafeB: number | null, sourceA: string | null, sourceB: string | null, sourcePreferred: string | null,
  reviewerA: string | null, reviewerB: string | null, reviewerPreferred: string | null, categoriesA: readonly string[], categoriesB: readonly string[],
  severityA: number | null, severityB: number | null, flagged: number, dataset: number, heldOut: number,
];

/**
 * A project's visible pairs as columns in memory, in the order of their ids: 20 bytes a pair. Pairs with the same
 * labels share a state, so a filter is decided once a state and then looked up once a pair.
 */
export class ReviewColumns {
  readonly ids: Int32Array;
  readonly states: Uint32Array;
  /** Characters of the longer response. */
  readonly lengths: Int32Array;
  /** Number of the last event about the pair; 0: none. */
  readonly changed: Int32Array;
  /** 0 to 1: how unsure the scorers are; -1 without a suggestion. */
  readonly informative: Float32Array;
  readonly distinct: ReviewState[] = [];
  /** The end of the label log that these columns show. */
  seq: number;
  readonly #known = new Map<string, StateCode>();
  readonly #findings: ReadonlyMap<number, string>;

  constructor(library: Library, projectId: number) {
    const { db } = library;
    this.seq = chainHead(library).seq;
    const rows = db.prepare<[number], StoredRow>(`SELECT ${rowColumns} FROM active_labels WHERE project_id = ? ORDER BY pair_id`).all(projectId);
    this.ids = Int32Array.from(rows, ({ id }) => id);
    this.states = new Uint32Array(rows.length);
    this.lengths = new Int32Array(rows.length);
    this.changed = new Int32Array(rows.length);
    this.informative = new Float32Array(rows.length).fill(-1);
    this.#findings = findingKinds(library, projectId);
    for (const [pairId, score] of informativeness(library, projectId)) {
      const place = this.placeOf(pairId);
      if (place >= 0) this.informative[place] = score;
    }
    const conflicts = conflictedPairs(library, projectId);
    for (const [place, row] of rows.entries()) this.#set(place, row, conflicts.has(row.id));
  }

  /** Where a pair stands in the columns; -1 when it is not shown. */
  placeOf(pairId: number): number {
    let [low, high] = [0, this.ids.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const id = this.ids[middle] ?? 0;
      if (id === pairId) return middle;
      if (id < pairId) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Brings the pairs up to date that events since `seq` are about. */
  follow(library: Library, projectId: number): void {
    const { seq } = chainHead(library);
    if (seq === this.seq) return;
    const rows = library.db
      .prepare<[number, number], StoredRow>(`SELECT ${rowColumns} FROM active_labels WHERE pair_id IN (
        SELECT pairs.id FROM label_events JOIN pairs ON pairs.project_id = label_events.project_id AND content_hash = unhex(pair)
        WHERE label_events.project_id = ? AND seq > ?)`)
      .all(projectId, this.seq);
    const conflicts = conflictedPairs(library, projectId, rows.map(({ id }) => id));
    for (const row of rows) {
      const place = this.placeOf(row.id);
      if (place >= 0) this.#set(place, row, conflicts.has(row.id));
    }
    this.seq = seq;
  }

  #set(place: number, { id, labels, length, changed }: StoredRow, conflict: boolean): void {
    this.lengths[place] = length;
    this.changed[place] = changed;
    const findings = this.#findings.get(id) ?? '';
    const suggested = (this.informative[place] ?? -1) >= 0;
    const key = `${labels}${findings}${conflict ? '!' : ''}${suggested ? '?' : ''}`;
    const known = this.#known.get(key) ?? this.#learn(key, stateOf(JSON.parse(labels), findings, conflict, suggested));
    this.states[place] = known.code;
  }

  #learn(key: string, state: ReviewState): StateCode {
    const learned = { code: this.distinct.push(state) - 1, state };
    this.#known.set(key, learned);
    return learned;
  }
}

function stateOf(labels: Labels, findings: string, conflict: boolean, suggested: boolean): ReviewState {
  const [transform, unsafeA, unsafeB, sourceA, sourceB, sourcePreferred, reviewerA, reviewerB, reviewerPreferred, categoriesA, categoriesB, severityA, severityB, flagged, dataset, heldOut] = labels;
  const given = (values: readonly (string | null)[]): string[] => [...new Set(values.filter((value) => value !== null))];
  const verdict = (unsafe: number | null): string => (unsafe === null ? 'unknown' : unsafe === 1 ? 'unsafe' : 'safe');
  const orNone = (value: string | number | null): string => (value === null ? 'none' : String(value));
  const yesNo = (value: boolean): string[] => [value ? 'yes' : 'no'];
  return {
    class: [transform],
    verdict: given([verdict(unsafeA), verdict(unsafeB)]),
    source: given([orNone(sourceA), orNone(sourceB), sourcePreferred]),
    reviewer: given([reviewerA, reviewerB, reviewerPreferred]),
    category: given([...categoriesA, ...categoriesB]),
    severity: given([orNone(severityA), orNone(severityB)]),
    flagged: yesNo(flagged === 1),
    disagreement: yesNo(conflict),
    dataset: [String(dataset)],
    split: [heldOut === 1 ? 'held-out' : 'train'],
    lint: findings === '' ? [] : findings.split(','),
    suggested: yesNo(suggested),
  } satisfies { [facet in (typeof facetNames)[number]]: string[] };
}
