import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import type { Library } from '../../library/library.ts';
import type { PairColumns } from './column-source.ts';
import type { ReviewMarks, ReviewState } from './review-state.ts';

/** Columns as they were after event `seq` of the log. */
export interface KeptColumns {
  readonly seq: number;
  readonly columns: PairColumns;
  /** The states, by number. */
  readonly distinct: readonly ReviewState[];
  readonly marks: ReadonlyMap<number, ReviewMarks>;
}

/** To be raised whenever columns or states come to say something else: older files are then not read. */
const format = 1;
const header = z.strictObject({
  format: z.literal(format),
  signature: z.string(),
  seq: z.int().min(0),
  event: z.string(),
  payload: z.string(),
});

/**
 * The columns of a project that an earlier process kept in the library's `cache`, where they are still what reading the
 * tables and following the log since would give: same signature, their last event is in the log by its hash, and no
 * file came in after it. `null` where there are none such, or the file is damaged.
 */
export function readKeptColumns(library: Library, projectId: number, signature: string): KeptColumns | null {
  const path = pathOf(library, projectId);
  if (!existsSync(path)) return null;
  const bytes = readFileSync(path);
  const end = bytes.indexOf('\n');
  const read = header.safeParse(jsonOrNull(bytes.toString('utf8', 0, Math.max(0, end))));
  const payload = bytes.subarray(end + 1);
  if (
    !read.success ||
    read.data.signature !== signature ||
    read.data.payload !== hash('sha256', payload) ||
    !isOfThisLog(library, projectId, read.data)
  )
    return null;
  const kept: KeptColumns = deserialize(payload);
  return kept;
}

/** Keeps columns for the next process. */
export function writeKeptColumns(library: Library, projectId: number, signature: string, kept: KeptColumns): void {
  if (library.readOnly !== null) return;
  const path = pathOf(library, projectId);
  const payload = serialize(kept);
  const head: z.output<typeof header> = {
    format,
    signature,
    seq: kept.seq,
    event: eventHashAt(library, kept.seq),
    payload: hash('sha256', payload),
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.partial`, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), payload]));
  renameSync(`${path}.partial`, path);
}

function pathOf({ dir }: Library, projectId: number): string {
  return join(dir, 'cache', `columns-${projectId}.bin`);
}

function isOfThisLog(library: Library, projectId: number, { seq, event }: z.output<typeof header>): boolean {
  const broughtSince = library.db
    .prepare<[number, number], number>(
      'SELECT 1 FROM label_events INDEXED BY label_events_about_project WHERE project_id = ? AND pair IS ' +
        "NULL AND field = 'dataset' AND seq > ? LIMIT 1",
    )
    .pluck()
    .get(projectId, seq);
  return broughtSince === undefined && eventHashAt(library, seq) === event;
}

/** '' before the first event, and where the log does not reach that far. */
function eventHashAt({ db }: Library, seq: number): string {
  return db.prepare<[number], string>('SELECT hash FROM label_events WHERE seq = ?').pluck().get(seq) ?? '';
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A damaged file of derived values: they are read from the tables instead, and written anew.
    return null;
  }
}
