import { createHash } from 'node:crypto';
import type { Side } from '../../../preload/contract/pairs.ts';
import { transformPair } from '../../../preload/contract/transform-pair.ts';
import { editTo, type LabelEdit, unknownPair } from '../../labels/edit.ts';
import { type FieldValue, readField, writeField } from '../../labels/field-value.ts';
import { type PairState, stateStore } from '../../labels/state.ts';
import type { Library } from '../../library/library.ts';
import type { TransformClass } from '../../../native-models/vocabulary/lists.ts';
import type { BulkChange } from '../../../preload/contract/operations/review.ts';

/** What a bulk change does to one pair. */
export interface PlannedPair {
  readonly pairId: number;
  readonly edits: readonly LabelEdit[];
  /** Those of the edits that change anything, with the values before them. */
  readonly changes: readonly { readonly change: FieldValue; readonly old: ReturnType<typeof readField> }[];
  readonly before: TransformClass;
  readonly after: TransformClass;
}

/** What a change does to each of some pairs, as their labels are now. @throws Failure `unknown-pair` */
export function planBulk(
  library: Library,
  projectId: number,
  reviewer: string,
  pairIds: readonly number[],
  change: BulkChange,
): PlannedPair[] {
  const states = stateStore(library);
  const owner = library.db.prepare<[number], { projectId: number; safer: Side | null }>(
    'SELECT project_id AS projectId, safer FROM pair_labels WHERE pair_id = ?',
  );
  return [...new Set(pairIds)].map((pairId) => {
    const owned = owner.get(pairId);
    const state = owned?.projectId === projectId ? states.read(pairId) : null;
    if (owned === undefined || state === null) throw unknownPair(projectId, pairId);
    const edits = editsOf(pairId, state, change);
    const changes = edits.flatMap((edit) => editTo(state, edit, { reviewer, reason: '' }) ?? []);
    const classOf = ({ preferred, a, b }: PairState): TransformClass =>
      transformPair({ preferred, safer: owned.safer, unsafe: { a: a.unsafe, b: b.unsafe } }).class;
    const next = changes.reduce((now, each) => writeField(now, each, 0), state);
    return {
      pairId,
      edits,
      changes: changes.map((each) => ({ change: each, old: readField(state, each) })),
      before: classOf(state),
      after: classOf(next),
    };
  });
}

/** SHA-256, hexadecimal, of all that a plan does and to what: plans of equal hash are the same. */
export function planHash(plan: readonly PlannedPair[]): string {
  const digest = createHash('sha256');
  for (const { pairId, changes, before, after } of plan)
    digest.update(`${JSON.stringify([pairId, changes, before, after])}\n`);
  return digest.digest('hex');
}

function editsOf(
  pairId: number,
  state: PairState,
  { verdict, preferred, severity, addCategory, removeCategory, flagged }: BulkChange,
): LabelEdit[] {
  const edits: LabelEdit[] = [];
  for (const side of sides(verdict?.side))
    if (verdict !== undefined) edits.push({ pairId, field: 'verdict', side, value: verdict.unsafe });
  if (preferred !== undefined) edits.push({ pairId, field: 'preference', value: preferred });
  for (const side of sides(severity?.side))
    if (severity !== undefined) edits.push({ pairId, field: 'severity', side, value: severity.value });
  for (const side of ['a', 'b'] as const) {
    const adds = addCategory !== undefined && sides(addCategory.side).includes(side) ? [addCategory.category] : [];
    const removes =
      removeCategory !== undefined && sides(removeCategory.side).includes(side) ? [removeCategory.category] : [];
    if (adds.length + removes.length > 0)
      edits.push({
        pairId,
        field: 'categories',
        side,
        value: [...state[side].categories, ...adds].filter((category) => !removes.includes(category)),
      });
  }
  if (flagged !== undefined) edits.push({ pairId, field: 'flag', value: flagged });
  return edits;
}

function sides(side: Side | 'both' | undefined): readonly Side[] {
  return side === undefined ? [] : side === 'both' ? ['a', 'b'] : [side];
}
