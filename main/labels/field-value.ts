import { z } from 'zod';
import type { Side } from '../../preload/contract/pairs.ts';
import type { JsonValue } from '../../native-models/failure.ts';
import type { FieldPlace, PairState, SideState } from './state.ts';

const source = z.enum(['imported', 'person', 'model']).nullable();
const reviewer = z.string().nullable();

/**
 * The values of one field of a state, as events hold them: a verdict carries its giver, so that undo restores it whole.
 */
export const fieldValue = z.discriminatedUnion('field', [
  z.strictObject({
    field: z.literal('verdict'),
    side: z.enum(['a', 'b']),
    value: z.strictObject({ unsafe: z.boolean().nullable(), source, reviewer }),
  }),
  z.strictObject({
    field: z.literal('categories'),
    side: z.enum(['a', 'b']),
    value: z.array(z.string().min(1)).readonly(),
  }),
  z.strictObject({
    field: z.literal('severity'),
    side: z.enum(['a', 'b']),
    value: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).nullable(),
  }),
  z.strictObject({ field: z.literal('note'), side: z.enum(['a', 'b']), value: z.string() }),
  z.strictObject({
    field: z.literal('preference'),
    side: z.null(),
    value: z.strictObject({ preferred: z.enum(['a', 'b', 'tie']).nullable(), source, reviewer }),
  }),
  z.strictObject({ field: z.literal('flag'), side: z.null(), value: z.boolean() }),
]);
export type FieldValue = z.output<typeof fieldValue>;

/** The value a field has in a state. A side is read as A where the field belongs to the pair. */
export function readField(state: PairState, { side, field }: FieldPlace): JsonValue {
  const label = state[side ?? 'a'];
  switch (field) {
    case 'verdict':
      return { unsafe: label.unsafe, source: label.source, reviewer: label.reviewer };
    case 'categories':
    case 'severity':
    case 'note':
      return label[field];
    case 'preference':
      return { preferred: state.preferred, source: state.preferredSource, reviewer: state.preferredReviewer };
    case 'flag':
      return state.flagged;
  }
}

/** The state with one field changed by event number `event`. */
export function writeField(state: PairState, change: FieldValue, event: number): PairState {
  switch (change.field) {
    case 'verdict':
      return withSide(state, change.side, { ...change.value, event });
    case 'categories':
      return withSide(state, change.side, { categories: change.value, event });
    case 'severity':
      return withSide(state, change.side, { severity: change.value, event });
    case 'note':
      return withSide(state, change.side, { note: change.value, event });
    case 'preference':
      return {
        ...state,
        preferred: change.value.preferred,
        preferredSource: change.value.source,
        preferredReviewer: change.value.reviewer,
        event,
      };
    case 'flag':
      return { ...state, flagged: change.value, event };
  }
}

function withSide(state: PairState, side: Side, part: Partial<SideState>): PairState {
  return side === 'a' ? { ...state, a: { ...state.a, ...part } } : { ...state, b: { ...state.b, ...part } };
}
