import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { appendCategorySet, categorySetText, readCategorySet } from './category-set.ts';
import { eventColumns } from './chain.ts';
import type { LabelEvent } from './chain.ts';
import { eventLog } from './edit.ts';
import type { EditResult } from './edit.ts';
import { fieldValue, readField } from './field-value.ts';
import { nextRedo, nextUndo } from './groups.ts';

/**
 * What undo or redo did. `kept`: fields left as they are, because somebody changed them since, or because their pair
 * was deleted for good.
 */
export interface UndoResult extends EditResult {
  readonly kept: number;
}

/**
 * Takes back the reviewer's last group of edits that is not taken back yet, as new events; nothing is erased.
 * Works across sessions, without limit. A field that somebody else changed since keeps its value, and an event
 * whose old and new value are the same says so.
 * @returns `group: null` when there is nothing to undo
 */
export function undoLabels(library: Library, projectId: number, reviewer: string): UndoResult {
  return transact(library, () => step(library, projectId, reviewer, 'undo', nextUndo(library, projectId, reviewer)));
}

/** Does the group undone last again; a new edit ends what can be redone. */
export function redoLabels(library: Library, projectId: number, reviewer: string): UndoResult {
  return transact(library, () => step(library, projectId, reviewer, 'redo', nextRedo(library, projectId, reviewer)));
}

function step(
  library: Library,
  projectId: number,
  reviewer: string,
  kind: 'undo' | 'redo',
  target: string | null,
): UndoResult {
  if (target === null) return { group: null, events: 0, pairIds: [], kept: 0 };
  const group = randomUUID();
  const common = { group, kind, target, projectId, at: new Date().toISOString(), reviewer };
  const log = eventLog(library);
  const pairIds = new Set<number>();
  let kept = 0;
  const events = eventsOf(library, projectId, target, kind);
  for (const event of events) {
    const [from, to] = kind === 'undo' ? [event.new, event.old] : [event.old, event.new];
    if (event.pair === null) {
      const current = categorySetText(readCategorySet(library, projectId));
      appendCategorySet(library, { ...common, old: current, ...outcome(current, from, to) });
      kept += Number(current !== from);
      continue;
    }
    if (event.pairId === null) {
      log.appendAbsent(
        {
          ...common,
          side: event.side,
          field: event.field,
          old: event.now,
          new: event.now,
          reason: 'pair deleted; kept',
        },
        event.pair,
      );
      kept += 1;
      continue;
    }
    const pair = log.pair(projectId, event.pairId);
    const place = fieldValue.parse({ field: event.field, side: event.side, value: JSON.parse(to) });
    const current = canonicalJson(readField(pair.state, place));
    const next = outcome(current, from, to);
    log.append(
      { ...common, side: event.side, field: event.field, old: current, ...next },
      pair,
      fieldValue.parse({ field: event.field, side: event.side, value: JSON.parse(next.new) }),
    );
    if (current === from) pairIds.add(pair.id);
    else kept += 1;
  }
  return { group, events: events.length, pairIds: [...pairIds], kept };
}

/** What a field becomes; one that somebody changed since keeps its value. */
function outcome(current: string, from: string, to: string): { readonly new: string; readonly reason: string } {
  return current === from ? { new: to, reason: '' } : { new: current, reason: 'changed since; kept' };
}

interface GroupMember extends LabelEvent {
  /** Null for what is about the project's categories, and where the pair was deleted for good. */
  readonly pairId: number | null;
  /** What the log says of the field now. */
  readonly now: string;
}

function eventsOf({ db }: Library, projectId: number, group: string, kind: 'undo' | 'redo'): GroupMember[] {
  return db
    .prepare<[number, string], GroupMember>(
      `
      SELECT ${eventColumns}, (SELECT id FROM current_pairs WHERE current_pairs.project_id = label_events.project_id
        AND content_hash = unhex(pair)) AS pairId,
        coalesce((SELECT later.new FROM label_events AS later INDEXED BY label_events_by_pair
          WHERE later.pair = label_events.pair AND later.project_id = label_events.project_id
            AND later.field = label_events.field AND later.side IS label_events.side ORDER BY seq DESC LIMIT 1),
            new) AS now
      FROM label_events INDEXED BY label_events_by_group
      WHERE project_id = ? AND group_id = ? ORDER BY seq ${kind === 'undo' ? 'DESC' : 'ASC'}`,
    )
    .all(projectId, group);
}
