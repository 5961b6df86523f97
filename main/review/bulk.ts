import type { BulkChange } from '../../preload/contract/operations/labels.ts';
import type { Side, TransformClass } from '../../preload/contract/pairs.ts';
import { editLabels, editTo, type EditResult, type LabelEdit, unknownPair } from '../labels/edit.ts';
import { writeField } from '../labels/field-value.ts';
import { type PairState, stateStore } from '../labels/state.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { transformPair } from '../../preload/contract/transform-pair.ts';
import type { BulkPreview } from '../../preload/contract/review-views.ts';

export type { BulkChange } from '../../preload/contract/operations/labels.ts';
export type { BulkPreview } from '../../preload/contract/review-views.ts';

/** Says what a change would do to the pairs, without doing it. @throws Failure `unknown-pair` */
export function previewBulk(library: Library, projectId: number, reviewer: string, pairIds: readonly number[], change: BulkChange): BulkPreview {
  const before = noPairs();
  const after = noPairs();
  let changedPairs = 0;
  let events = 0;
  const planned = plan(library, projectId, pairIds, change);
  const safer = library.db.prepare<[number], Side | null>('SELECT safer FROM pair_labels WHERE pair_id = ?').pluck();
  for (const { pairId, edits, state } of planned) {
    const changes = edits.flatMap((edit) => editTo(state, edit, { reviewer, reason: '' }) ?? []);
    const next = changes.reduce((now, each) => writeField(now, each, 0), state);
    const classOf = ({ preferred, a, b }: PairState): TransformClass => transformPair({ preferred, safer: safer.get(pairId) ?? null, unsafe: { a: a.unsafe, b: b.unsafe } }).class;
    before[classOf(state)] += 1;
    after[classOf(next)] += 1;
    changedPairs += Number(changes.length > 0);
    events += changes.length;
  }
  return { pairs: planned.length, changedPairs, events, before, after };
}

/** Makes the change as one group of events, which one undo takes back. @throws Failure `unknown-pair`, `reviewer-missing` */
export function applyBulk(library: Library, projectId: number, by: { readonly reviewer: string; readonly reason: string }, pairIds: readonly number[], change: BulkChange): EditResult {
  return transact(library, () => editLabels(library, projectId, by, plan(library, projectId, pairIds, change).flatMap(({ edits }) => edits)));
}

interface PlannedPair {
  readonly pairId: number;
  readonly state: PairState;
  readonly edits: readonly LabelEdit[];
}

function plan(library: Library, projectId: number, pairIds: readonly number[], change: BulkChange): PlannedPair[] {
  const states = stateStore(library);
  const owner = library.db.prepare<[number], number>('SELECT project_id FROM pair_labels WHERE pair_id = ?').pluck();
  return [...new Set(pairIds)].map((pairId) => {
    const state = owner.get(pairId) === projectId ? states.read(pairId) : null;
    if (state === null) throw unknownPair(projectId, pairId);
    return { pairId, state, edits: editsOf(pairId, state, change) };
  });
}

function editsOf(pairId: number, state: PairState, { verdict, preferred, severity, addCategory, removeCategory, flagged }: BulkChange): LabelEdit[] {
  const edits: LabelEdit[] = [];
  for (const side of sides(verdict?.side)) if (verdict !== undefined) edits.push({ pairId, field: 'verdict', side, value: verdict.unsafe });
  if (preferred !== undefined) edits.push({ pairId, field: 'preference', value: preferred });
  for (const side of sides(severity?.side)) if (severity !== undefined) edits.push({ pairId, field: 'severity', side, value: severity.value });
  for (const side of ['a', 'b'] as const) {
    const adds = addCategory !== undefined && sides(addCategory.side).includes(side) ? [addCategory.category] : [];
    const removes = removeCategory !== undefined && sides(removeCategory.side).includes(side) ? [removeCategory.category] : [];
    if (adds.length + removes.length > 0) edits.push({ pairId, field: 'categories', side, value: [...state[side].categories, ...adds].filter((category) => !removes.includes(category)) });
  }
  if (flagged !== undefined) edits.push({ pairId, field: 'flag', value: flagged });
  return edits;
}

function sides(side: Side | 'both' | undefined): readonly Side[] {
  return side === undefined ? [] : side === 'both' ? ['a', 'b'] : [side];
}

function noPairs(): { [transformClass in TransformClass]: number } {
  return { keptSafeSafe: 0, keptSafeUnsafe: 0, swapped: 0, dropped: 0, waiting: 0 };
}
