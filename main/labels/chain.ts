import type { JsonValue } from '../../native-models/failure.ts';
import { canonicalJson, sha256 } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { oncePerLibrary } from '../library/once-per-library.ts';

/** `adjudicate` is an edit that settles a conflict between reviewers. */
export type EventKind = 'import' | 'remove' | 'edit' | 'adjudicate' | 'undo' | 'redo';

/** An event before it has its place in the chain. */
export interface EventDraft {
  /** Events of one group are done and undone together. */
  readonly group: string;
  readonly kind: EventKind;
  /** The group that an undo or redo is about. */
  readonly target: string | null;
  readonly projectId: number;
  /** Set for events about a whole dataset. */
  readonly datasetId: number | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reviewer: string;
  /** Content hash of the pair, hexadecimal; `null` for events about a whole dataset. */
  readonly pair: string | null;
  readonly side: 'a' | 'b' | null;
  readonly field: string;
  /** Canonical JSON. */
  readonly old: string;
  readonly new: string;
  readonly reason: string;
  /** The event as it stood in the library that made it, when it came with a labels file. */
  readonly origin: string | null;
}

/** An event of the log; its hash covers every other field, so also the hash before it. */
export interface LabelEvent extends EventDraft {
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** The select list that reads a `LabelEvent`. */
export const eventColumns = `seq, group_id AS "group", kind, target_group AS target, project_id AS projectId,
  dataset_id AS datasetId, at, reviewer,
  pair, side, field, old, new, reason, origin, previous_hash AS previousHash, hash`;

/** Number and hash of the last event; write the hash down to be able to prove later that nothing before it changed. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The hash an event must have: SHA-256 of the canonical JSON of all its other fields. */
export function eventHash(event: Omit<LabelEvent, 'hash'>): string {
  return sha256(canonicalJson(eventFields(event))).toString('hex');
}

/** An event's fields without its hash, as labels files carry them. */
export function eventFields(event: Omit<LabelEvent, 'hash'>): { readonly [key: string]: JsonValue } {
  return {
    seq: event.seq,
    group: event.group,
    kind: event.kind,
    target: event.target,
    project: event.projectId,
    dataset: event.datasetId,
    at: event.at,
    reviewer: event.reviewer,
    pair: event.pair,
    side: event.side,
    field: event.field,
    old: event.old,
    new: event.new,
    reason: event.reason,
    origin: event.origin,
    previous: event.previousHash,
  };
}

/** The head of the log: sequence 0 and 64 zeros when nothing was logged yet. */
export function chainHead(library: Library): ChainHead {
  return headReader(library)();
}

const headReader = oncePerLibrary(({ db }) => {
  const select = db.prepare<[], ChainHead>('SELECT seq, hash FROM label_head');
  return (): ChainHead => {
    const head = select.get();
    if (head === undefined) throw new Error('label_head has no row');
    return head;
  };
});

/** Adds events to the end of the log. Use it inside a transaction, together with the change of the current view. */
export interface ChainWriter {
  append(draft: EventDraft): LabelEvent;
}

/** The end of a library's log. */
export const chainWriter = oncePerLibrary((library): ChainWriter => {
  const insert = library.db
    .prepare(`INSERT INTO label_events (seq, group_id, kind, target_group, project_id, dataset_id, at, reviewer,
      pair, side, field,
    old, new, reason, origin, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const readHead = headReader(library);
  const moveHead = library.db.prepare('UPDATE label_head SET seq = ?, hash = ?');
  return {
    append: (draft) => {
      const head = readHead();
      const unsigned = { ...draft, seq: head.seq + 1, previousHash: head.hash };
      const event = { ...unsigned, hash: eventHash(unsigned) };
      insert.run(
        event.seq,
        event.group,
        event.kind,
        event.target,
        event.projectId,
        event.datasetId,
        event.at,
        event.reviewer,
        event.pair,
        event.side,
        event.field,
        event.old,
        event.new,
        event.reason,
        event.origin,
        event.previousHash,
        event.hash,
      );
      moveHead.run(event.seq, event.hash);
      return event;
    },
  };
});
