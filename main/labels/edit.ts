import { randomUUID } from 'node:crypto';
import { badInput, type Failure } from '../../native-models/failure.ts';
import type { LabelSource, Preferred, Severity, Side } from '../../preload/contract/pairs.ts';
import { canonicalJson } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { oncePerLibrary } from '../library/once-per-library.ts';
import { transact } from '../library/transact.ts';
import { chainWriter } from './chain.ts';
import type { EventDraft, LabelEvent } from './chain.ts';
import { readField, writeField } from './field-value.ts';
import type { FieldValue } from './field-value.ts';
import { recordGroup } from './groups.ts';
import { stateStore } from './state.ts';
import type { PairState } from './state.ts';

/** One change a person or a model makes to one part of a pair's labels. */
export type LabelEdit = { readonly pairId: number } & (
  | { readonly field: 'verdict'; readonly side: Side; readonly value: boolean | null }
  | { readonly field: 'categories'; readonly side: Side; readonly value: readonly string[] }
  | { readonly field: 'severity'; readonly side: Side; readonly value: Severity | null }
  | { readonly field: 'note'; readonly side: Side; readonly value: string }
  | { readonly field: 'preference'; readonly value: Preferred }
  | { readonly field: 'flag'; readonly value: boolean }
);

/** Who edits and why. */
export interface EditBy {
  readonly reviewer: string;
  readonly reason: string;
  /** Whose judgement it is; `person` unless told. */
  readonly source?: Exclude<LabelSource, 'imported'>;
  /** The group to join; a new one unless told. */
  readonly group?: string;
  /** Set to settle a conflict between reviewers: then the event is logged also where the value stays. */
  readonly kind?: 'adjudicate';
  /**
   * What the reviewer has said of a pair so far, where they do not see what others said: an edit that repeats others
   * alone is logged.
   */
  readonly ownLabels?: (pairId: number) => PairState;
}

/** What a group of edits came to; `group: null` when nothing had to change. */
export interface EditResult {
  readonly group: string | null;
  readonly events: number;
  readonly pairIds: readonly number[];
}

/**
 * Logs edits as one group and brings the current view up to date, in one transaction that is on disk when this
 * returns. Edits that change nothing are left out.
 * @throws Failure `unknown-pair` (nothing is stored then), `reviewer-missing`
 */
export function editLabels(library: Library, projectId: number, by: EditBy, edits: readonly LabelEdit[]): EditResult {
  if (by.reviewer.trim() === '')
    throw badInput('reviewer-missing', 'A label needs the name of who gives it. Set a reviewer name first.');
  const group = by.group ?? randomUUID();
  const common = {
    group,
    kind: by.kind ?? 'edit',
    target: null,
    projectId,
    at: new Date().toISOString(),
    reviewer: by.reviewer,
    reason: by.reason,
  } as const;
  const changed = transact(library, () => {
    const log = eventLog(library);
    return edits.filter((edit) => {
      const pair = log.pair(projectId, edit.pairId);
      const change = fieldChange(edit, by);
      const [old, next] = [canonicalJson(readField(pair.state, change)), canonicalJson(change.value)];
      const own = by.ownLabels === undefined ? old : canonicalJson(readField(by.ownLabels(edit.pairId), change));
      if (old === next && own === next && common.kind === 'edit') return false;
      log.append({ ...common, side: change.side, field: change.field, old, new: next }, pair, change);
      return true;
    });
  });
  return {
    group: changed.length === 0 ? null : group,
    events: changed.length,
    pairIds: [...new Set(changed.map(({ pairId }) => pairId))],
  };
}

/** The change an edit makes to a state; `null` when it changes nothing. */
export function editTo(state: PairState, edit: LabelEdit, by: EditBy): FieldValue | null {
  const change = fieldChange(edit, by);
  return canonicalJson(readField(state, change)) === canonicalJson(change.value) ? null : change;
}

/** The failure for a pair that a project does not have. */
export function unknownPair(projectId: number, pairId: number): Failure {
  return badInput('unknown-pair', `Project ${projectId} has no pair ${pairId}.`, { project: projectId, pair: pairId });
}

/** A pair as the log sees it. */
export interface LoggedPair {
  readonly id: number;
  /** Content hash, hexadecimal. */
  readonly hash: string;
  readonly state: PairState;
}

/** Appends events about pairs and keeps the current view and the groups in step. Use it inside one transaction. */
export interface EventLog {
  /** @throws Failure `unknown-pair` */
  pair(projectId: number, pairId: number): LoggedPair;
  append(draft: LoggedDraft & { readonly origin?: string }, pair: LoggedPair, change: FieldValue): void;
  /** An event about a pair, by content hash, that was deleted for good. */
  appendAbsent(draft: LoggedDraft, hash: string): void;
}

type LoggedDraft = Omit<EventDraft, 'datasetId' | 'pair' | 'origin'>;

const hashReader = oncePerLibrary(({ db }) =>
  db
    .prepare<[number, number], string>('SELECT lower(hex(content_hash)) FROM pairs WHERE id = ? AND project_id = ?')
    .pluck(),
);

/** Opens the log for one transaction. */
export function eventLog(library: Library): EventLog {
  const hashes = hashReader(library);
  const chain = chainWriter(library);
  const states = stateStore(library);
  let lastGroup: string | null = null;
  const log = (draft: EventDraft): LabelEvent => {
    const event = chain.append(draft);
    if (event.group !== lastGroup) recordGroup(library, event);
    lastGroup = event.group;
    return event;
  };
  return {
    pair: (projectId, id) => {
      const hash = hashes.get(id, projectId);
      const state = hash === undefined ? null : states.read(id);
      if (hash === undefined || state === null) throw unknownPair(projectId, id);
      return { id, hash, state };
    },
    append: (draft, pair, change) => {
      const { seq } = log({ origin: null, ...draft, datasetId: null, pair: pair.hash });
      states.write(pair.id, writeField(pair.state, change, seq));
    },
    appendAbsent: (draft, hash) => void log({ ...draft, origin: null, datasetId: null, pair: hash }),
  };
}

function fieldChange(edit: LabelEdit, { reviewer, source = 'person' }: EditBy): FieldValue {
  switch (edit.field) {
    case 'verdict':
      return {
        field: 'verdict',
        side: edit.side,
        value:
          edit.value === null
            ? { unsafe: null, source: null, reviewer: null }
            : { unsafe: edit.value, source, reviewer },
      };
    case 'preference':
      return {
        field: 'preference',
        side: null,
        value:
          edit.value === null
            ? { preferred: null, source: null, reviewer: null }
            : { preferred: edit.value, source, reviewer },
      };
    case 'flag':
      return { field: 'flag', side: null, value: edit.value };
    case 'categories':
      return { field: 'categories', side: edit.side, value: [...new Set(edit.value)].sort() };
    case 'severity':
      return { field: 'severity', side: edit.side, value: edit.value };
    case 'note':
      return { field: 'note', side: edit.side, value: edit.value };
  }
}
