import { canonicalJson } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { eventColumns } from './chain.ts';
import type { LabelEvent } from './chain.ts';
import { fieldValue, writeField } from './field-value.ts';
import { replayGroup } from './groups.ts';
import type { Group } from './groups.ts';
import { baselineOf, portableState, stateOf } from './state.ts';
import type { BaselineRow, PairState, StateRow } from './state.ts';

/** A pair or group whose current view is not what the log comes to. */
export interface ReplayDifference {
  readonly pairId: number | null;
  readonly group: string | null;
  /** Canonical JSON. */
  readonly current: string;
  readonly replayed: string;
}

/**
 * Makes the current view of a project again from its imported labels and its events, and compares.
 * @returns the first `limit` differences; none when view and log agree
 */
export function replayLabels(library: Library, projectId: number, limit = 20): ReplayDifference[] {
  const events = new Map<string, LabelEvent[]>();
  const groups = new Map<string, Group>();
  for (const event of projectEvents(library, projectId)) {
    replayGroup(groups, event);
    if (event.pair === null) continue;
    const ofPair = events.get(event.pair);
    if (ofPair === undefined) events.set(event.pair, [event]);
    else ofPair.push(event);
  }
  const differences: ReplayDifference[] = [];
  for (const { hash, current, baseline, pairId } of pairStates(library, projectId)) {
    const replayed = (events.get(hash) ?? []).reduce(applyEvent, baseline);
    const [now, then] = [stateText(current), stateText(replayed)];
    if (now !== then && differences.push({ pairId, group: null, current: now, replayed: then }) >= limit)
      return differences;
  }
  return [...differences, ...groupDifferences(library, projectId, groups)].slice(0, limit);
}

function applyEvent(state: PairState, event: LabelEvent): PairState {
  return writeField(
    state,
    fieldValue.parse({ field: event.field, side: event.side, value: JSON.parse(event.new) }),
    event.seq,
  );
}

function stateText(state: PairState): string {
  return canonicalJson([portableState(state), state.event, state.a.event, state.b.event]);
}

function groupDifferences({ db }: Library, projectId: number, groups: ReadonlyMap<string, Group>): ReplayDifference[] {
  const stored = db
    .prepare<[number], Group>('SELECT id, reviewer, state FROM label_groups WHERE project_id = ? ORDER BY number')
    .all(projectId);
  const text = (group: Group | undefined): string =>
    group === undefined ? 'null' : canonicalJson([group.reviewer, group.state]);
  const byId = new Map(stored.map((group) => [group.id, group]));
  return [...new Set([...byId.keys(), ...groups.keys()])]
    .map((id) => ({ pairId: null, group: id, current: text(byId.get(id)), replayed: text(groups.get(id)) }))
    .filter(({ current, replayed }) => current !== replayed);
}

/** The events of a project, in order. */
export function projectEvents({ db }: Library, projectId: number): IterableIterator<LabelEvent> {
  return db
    .prepare<[number], LabelEvent>(`SELECT ${eventColumns} FROM label_events WHERE project_id = ? ORDER BY seq`)
    .iterate(projectId);
}

/** A visible pair with its imported and its current labels. */
export interface PairStates {
  readonly pairId: number;
  /** Content hash, hexadecimal. */
  readonly hash: string;
  readonly baseline: PairState;
  readonly current: PairState;
}

/** Every pair of a project's finished datasets, by content hash; a pair that is in the trash too comes once. */
export function* pairStates({ db }: Library, projectId: number): Generator<PairStates> {
  const baselines = db.prepare<[number], BaselineRow & { id: number; hash: string }>(`
    SELECT id, lower(hex(content_hash)) AS hash, preferred, unsafe_a, unsafe_b, categories_a, categories_b,
      severity_a, severity_b
    FROM current_pairs WHERE project_id = ? ORDER BY content_hash`);
  const currents = db.prepare<[number], StateRow>('SELECT * FROM pair_labels WHERE pair_id = ?');
  for (const row of baselines.iterate(projectId)) {
    const current = currents.get(row.id);
    if (current !== undefined)
      yield { pairId: row.id, hash: row.hash, baseline: baselineOf(row), current: stateOf(current) };
  }
}
