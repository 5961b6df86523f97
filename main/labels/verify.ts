import type { Message } from '../../preload/contract/pairs.ts';
import type { Library } from '../library/library.ts';
import { contentHash } from '../library/pair-hash.ts';
import { baselineHash } from './baseline.ts';
import { chainHead, eventColumns, eventHash } from './chain.ts';
import type { ChainHead, LabelEvent } from './chain.ts';

/** The first place where the log is not what it was. */
export interface BrokenEvent {
  readonly seq: number;
  readonly problem:
    | 'changed'
    | 'missing'
    | 'out of order'
    | 'not in the chain'
    | 'cut off'
    | 'imported labels changed'
    | 'texts changed'
    | 'not the head written down';
  readonly message: string;
}

export interface ChainReport {
  readonly events: number;
  readonly head: ChainHead;
  readonly broken: BrokenEvent | null;
}

const start = '0'.repeat(64);

/**
 * Checks every event's hash and place, the head, the imported labels against the hash their import logged, and the
 * texts. A chain without a key cannot show that somebody rewrote all of it with new hashes: `writtenDownHead`, a head
 * hash kept elsewhere (every run and export names one), shows that too.
 */
export function verifyChain(library: Library, writtenDownHead: string | null = null): ChainReport {
  const head = chainHead(library);
  const events = library.db.prepare<[], LabelEvent>(`SELECT ${eventColumns} FROM label_events ORDER BY seq`);
  let last: ChainHead = { seq: 0, hash: start };
  let headSeen = writtenDownHead === null || writtenDownHead === start;
  for (const event of events.iterate()) {
    const broken = checkEvent(event, last);
    if (broken !== null) return { events: last.seq, head, broken };
    last = { seq: event.seq, hash: event.hash };
    headSeen ||= event.hash === writtenDownHead;
  }
  return {
    events: last.seq,
    head,
    broken: checkHead(last, head) ?? checkBaselines(library) ?? checkTexts(library) ?? checkWrittenDown(last, headSeen),
  };
}

function checkEvent(event: LabelEvent, last: ChainHead): BrokenEvent | null {
  const { seq } = event;
  if (seq !== last.seq + 1)
    return {
      seq: last.seq + 1,
      problem: 'missing',
      message: `Event ${last.seq + 1} is missing: event ${last.seq} is followed by event ${seq}.`,
    };
  const intact = eventHash(event) === event.hash;
  if (intact && event.previousHash === last.hash) return null;
  if (intact)
    return {
      seq,
      problem: 'not in the chain',
      message:
        `Event ${seq} names another event before it than event ${last.seq}: it was put here, or the one ` +
        'before it was exchanged.',
    };
  if (event.previousHash !== last.hash)
    return {
      seq,
      problem: 'out of order',
      message: `Event ${seq} does not follow event ${last.seq}: it was moved here or its numbers were changed.`,
    };
  return {
    seq,
    problem: 'changed',
    message:
      `Event ${seq} (${event.reviewer}, ${event.at}) was changed after it was logged: its hash does not match ` +
      'what it says.',
  };
}

function checkHead(last: ChainHead, head: ChainHead): BrokenEvent | null {
  if (last.seq === head.seq && last.hash === head.hash) return null;
  if (last.seq < head.seq)
    return {
      seq: last.seq + 1,
      problem: 'cut off',
      message:
        `The log ends at event ${last.seq}, but ${head.seq} were logged: event ${last.seq + 1} is the first ` +
        'one missing.',
    };
  const seq = last.seq > head.seq ? head.seq + 1 : head.seq;
  return {
    seq,
    problem: 'not in the chain',
    message:
      `Event ${seq} was not logged by this program: the head of the log is event ${head.seq} with hash ` +
      `${head.hash}.`,
  };
}

/**
 * The import of each dataset there is. Libraries of before schema version 4 may have given a number again after a
 * deletion: the event logged last is that of the dataset that has it now.
 */
const ownImports = `SELECT dataset_id AS id, max(seq) AS seq FROM label_events
  WHERE kind = 'import' AND dataset_id IN (SELECT id FROM datasets WHERE state = 'ready') GROUP BY dataset_id`;

function checkBaselines(library: Library): BrokenEvent | null {
  const imports = library.db.prepare<[], { seq: number; datasetId: number; labels: string }>(`
    SELECT seq, dataset_id AS datasetId, new ->> '$.labels' AS labels
    FROM (${ownImports}) JOIN label_events USING (seq) ORDER BY seq`);
  for (const { seq, datasetId, labels } of imports.all())
    if (baselineHash(library, datasetId) !== labels)
      return {
        seq,
        problem: 'imported labels changed',
        message: `Pairs of dataset ${datasetId} were changed after event ${seq} logged their import.`,
      };
  return null;
}

/** The import's hash covers the content hashes; that the texts are those of the content hashes is seen here. */
function checkTexts(library: Library): BrokenEvent | null {
  const pairs = library.db.prepare<
    [],
    { datasetId: number; row: number; prompt: string; a: string; b: string; hash: Buffer; seq: number }
  >(`
    SELECT pairs.dataset_id AS datasetId, row, prompt, response_a AS a, response_b AS b, content_hash AS hash, seq
    FROM pairs JOIN (${ownImports}) AS imports ON imports.id = pairs.dataset_id ORDER BY pairs.id`);
  for (const { datasetId, row, prompt, a, b, hash, seq } of pairs.iterate()) {
    const messages: readonly Message[] = JSON.parse(prompt);
    if (!contentHash(messages, a, b).equals(hash))
      return {
        seq,
        problem: 'texts changed',
        message: `The texts of row ${row} of dataset ${datasetId} were changed after event ${seq} logged their import.`,
      };
  }
  return null;
}

function checkWrittenDown(last: ChainHead, seen: boolean): BrokenEvent | null {
  return seen
    ? null
    : {
        seq: last.seq,
        problem: 'not the head written down',
        message: `No event has the head hash that was written down: the log was rewritten, or it is another library.`,
      };
}
