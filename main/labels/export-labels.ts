import { canonicalJson } from '../library/canonical-json.ts';
import type { JsonValue } from '../../native-models/failure.ts';
import type { Library } from '../library/library.ts';
import { eventFields } from './chain.ts';
import type { LabelEvent } from './chain.ts';
import { labelFileHeader, labelFileLine } from './label-file.ts';
import type { LabelFileFormat } from './label-file.ts';
import { pairStates, projectEvents } from './replay.ts';
import { portableState } from './state.ts';
import type { PairState } from './state.ts';

/**
 * The labels of a project as text, in pieces: every pair that somebody said something about, by content hash, then
 * every event about them in the order of the log. What was said of pairs that were deleted for good stays in the log
 * alone. Events that came with a labels file are written as they stood in the library that made them, so a file
 * imported elsewhere and exported again has the same bytes.
 */
export function* exportLabels(library: Library, projectId: number, format: LabelFileFormat): Generator<string> {
  const edited = new Set<string>();
  for (const event of projectEvents(library, projectId)) if (event.pair !== null) edited.add(event.pair);
  yield labelFileHeader(format);
  const written = new Set<string>();
  for (const { hash, baseline, current } of pairStates(library, projectId)) {
    if (!edited.has(hash) && !saysSomething(baseline)) continue;
    written.add(hash);
    yield labelFileLine({ pair: hash, imported: portableState(baseline), current: portableState(current) }, format);
  }
  for (const event of projectEvents(library, projectId))
    if (event.pair !== null && written.has(event.pair)) yield labelFileLine(portableEvent(event), format);
}

/** An event as labels files carry it: all its fields and its hash. */
export function portableEvent(event: LabelEvent): { readonly [key: string]: JsonValue } {
  return event.origin === null ? { ...eventFields(event), hash: event.hash } : JSON.parse(event.origin);
}

const nothing = canonicalJson([null, null, null, null, null, [], []]);

function saysSomething({ preferred, a, b }: PairState): boolean {
  return canonicalJson([preferred, a.unsafe, b.unsafe, a.severity, b.severity, a.categories, b.categories]) !== nothing;
}
