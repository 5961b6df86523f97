import type { Library } from '../library/library.ts';
import { oncePerLibrary } from '../library/once-per-library.ts';
import type { LabelEvent } from './chain.ts';

export type GroupState = 'done' | 'undone' | 'superseded';

/**
 * What undo and redo know of a group: an edit is done, undone, or superseded (undone, and something else done since).
 */
export interface Group {
  readonly id: string;
  readonly reviewer: string;
  state: GroupState;
}

type GroupEvent = Pick<LabelEvent, 'group' | 'kind' | 'target' | 'reviewer' | 'projectId'>;

const statements = oncePerLibrary(({ db }) => ({
  find: db.prepare<[number, string], string>('SELECT state FROM label_groups WHERE project_id = ? AND id = ?').pluck(),
  supersede: db.prepare(
    "UPDATE label_groups SET state = 'superseded' WHERE project_id = ? AND reviewer = ? AND state = 'undone'",
  ),
  add: db.prepare("INSERT INTO label_groups (id, project_id, reviewer, state) VALUES (?, ?, ?, 'done')"),
  move: db.prepare('UPDATE label_groups SET state = ? WHERE project_id = ? AND id = ?'),
}));

/** Keeps `label_groups` in step with the log: call it once for each group, with its first event. */
export function recordGroup(library: Library, event: GroupEvent): void {
  const { projectId, reviewer, group } = event;
  const { find, supersede, add, move } = statements(library);
  if (isEdit(event) && find.get(projectId, group) === undefined) {
    supersede.run(projectId, reviewer);
    add.run(group, projectId, reviewer);
  }
  if (event.kind === 'undo' || event.kind === 'redo')
    move.run(event.kind === 'undo' ? 'undone' : 'done', projectId, event.target);
}

function isEdit({ kind }: GroupEvent): boolean {
  return kind === 'edit' || kind === 'adjudicate';
}

/** The same as `recordGroup`, on a list in memory: what the log says, for checking. */
export function replayGroup(groups: Map<string, Group>, event: GroupEvent): void {
  if (isEdit(event) && !groups.has(event.group)) {
    for (const group of groups.values())
      if (group.reviewer === event.reviewer && group.state === 'undone') group.state = 'superseded';
    groups.set(event.group, { id: event.group, reviewer: event.reviewer, state: 'done' });
  }
  const target = event.target === null ? undefined : groups.get(event.target);
  if (target !== undefined) target.state = event.kind === 'undo' ? 'undone' : 'done';
}

/** The group that a reviewer's undo takes back: the last one done. */
export function nextUndo({ db }: Library, projectId: number, reviewer: string): string | null {
  return (
    db
      .prepare<[number, string], string>(
        "SELECT id FROM label_groups WHERE project_id = ? AND reviewer = ? AND state = 'done' ORDER BY " +
          'number DESC LIMIT 1',
      )
      .pluck()
      .get(projectId, reviewer) ?? null
  );
}

/** The group that a reviewer's redo does again: the one undone last, which is the earliest of those undone. */
export function nextRedo({ db }: Library, projectId: number, reviewer: string): string | null {
  return (
    db
      .prepare<[number, string], string>(
        "SELECT id FROM label_groups WHERE project_id = ? AND reviewer = ? AND state = 'undone' ORDER BY " +
          'number LIMIT 1',
      )
      .pluck()
      .get(projectId, reviewer) ?? null
  );
}
