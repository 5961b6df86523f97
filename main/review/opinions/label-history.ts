import { z } from 'zod';
import type { JsonValue } from '../../../preload/contract/views.ts';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import type { LabelEvent } from '../../../preload/contract/operations/labels.ts';

type StoredEvent = Omit<LabelEvent, 'old' | 'new'> & { readonly old: string; readonly new: string };

const eventColumns =
  'seq AS id, group_id AS "group", kind, target_group AS target, at, reviewer, side, field, old, new, reason AS why';

// From the pair to its events by the index of pairs: the log of a project is long.
const eventsOfPair = oncePerLibrary(({ db }) =>
  db.prepare<{ project: number; pair: number }, StoredEvent>(`
    SELECT ${eventColumns}, :pair AS pairId FROM label_events INDEXED BY label_events_by_pair
    WHERE pair = (SELECT lower(hex(content_hash)) FROM pairs WHERE id = :pair) AND project_id = :project
    ORDER BY seq DESC LIMIT 1000`),
);

/** What people and models said about one pair, newest first. */
export function pairHistory(library: Library, projectId: number, pairId: number): LabelEvent[] {
  return eventsOfPair(library).all({ project: projectId, pair: pairId }).map(eventView);
}

/** The log of a project before event `before` (`null`: from its end), newest first. */
export function projectHistory({ db }: Library, projectId: number, before: number | null, limit: number): LabelEvent[] {
  return db
    .prepare<[number, number, number], StoredEvent>(
      `
      SELECT ${eventColumns}, (SELECT id FROM pairs WHERE pairs.project_id = label_events.project_id
        AND content_hash = unhex(pair)) AS pairId
      FROM label_events WHERE project_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    )
    .all(projectId, before ?? Number.MAX_SAFE_INTEGER, limit)
    .map(eventView);
}

/**
 * How many pairs a reviewer has labelled since a time (ISO 8601, UTC). Reads the log from its end, no further than that
 * time.
 */
export function labelledSince({ db }: Library, projectId: number, reviewer: string, since: string): number {
  const newestFirst = db
    .prepare<[number], Pick<LabelEvent, 'at' | 'reviewer' | 'kind'> & { pair: string | null; brought: number }>(
      `
      SELECT at, reviewer, kind, pair, origin IS NOT NULL AS brought
      FROM label_events WHERE project_id = ? ORDER BY seq DESC`,
    )
    .iterate(projectId);
  const pairs = new Set<string>();
  for (const event of newestFirst) {
    // Events that came with a file are older than their place.
    if (event.brought === 1) continue;
    if (event.at < since) break;
    if (event.pair !== null && event.reviewer === reviewer && event.kind !== 'undo') pairs.add(event.pair);
  }
  return pairs.size;
}

function eventView(event: StoredEvent): LabelEvent {
  const value = (text: string): JsonValue => z.json().parse(JSON.parse(text));
  return { ...event, old: value(event.old), new: value(event.new) };
}
