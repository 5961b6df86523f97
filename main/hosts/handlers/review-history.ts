import { z } from 'zod';
import type { LabelEvent } from '../../../preload/contract/operations/review.ts';
import type { JsonValue } from '../../../preload/contract/views.ts';
import type { Side } from '../../../preload/contract/pairs.ts';
import type { Library } from '../../library/library.ts';

interface StoredEvent {
  readonly id: number;
  readonly group: string;
  readonly at: string;
  readonly reviewer: string;
  readonly pairId: number;
  readonly side: Side | null;
  readonly field: string;
  readonly old: string;
  readonly new: string;
  readonly why: string;
}

const select = `SELECT seq AS id, group_id AS "group", at, reviewer, pairs.id AS pairId, side, field, old, new, reason AS why
  FROM label_events JOIN pairs ON pairs.project_id = label_events.project_id AND pairs.content_hash = unhex(pair)`;

/** What people and models said about one pair, newest first. */
export function pairHistory({ db }: Library, projectId: number, pairId: number): LabelEvent[] {
  return db
    .prepare<[number, number], StoredEvent>(`${select} WHERE label_events.project_id = ? AND pairs.id = ? ORDER BY seq DESC LIMIT 1000`)
    .all(projectId, pairId)
    .map(eventView);
}

/** The log of a project before event `before` (`null`: from its end), newest first. */
export function projectHistory({ db }: Library, projectId: number, before: number | null, limit: number): LabelEvent[] {
  return db
    .prepare<[number, number, number], StoredEvent>(`${select} WHERE label_events.project_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?`)
    .all(projectId, before ?? Number.MAX_SAFE_INTEGER, limit)
    .map(eventView);
}

function eventView(event: StoredEvent): LabelEvent {
  const value = (text: string): JsonValue => z.json().parse(JSON.parse(text));
  return { ...event, old: value(event.old), new: value(event.new) };
}
