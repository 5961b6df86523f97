import { fieldValue, readField, writeField } from '../../labels/field-value.ts';
import { baselineOf, type PairState } from '../../labels/state.ts';
import type { LabelEvent } from '../../../preload/contract/operations/labels.ts';

/** A pair as one reviewer alone has labelled it. */
export interface OwnLabels {
  readonly state: PairState;
  /** Their own events, newest first: old and new are their own values too. */
  readonly history: readonly LabelEvent[];
}

const nothingSaid = baselineOf({
  preferred: null,
  unsafe_a: null,
  unsafe_b: null,
  categories_a: '[]',
  categories_b: '[]',
  severity_a: null,
  severity_b: null,
});

/**
 * What one reviewer alone has said of a pair: each of their events changes what they themselves said before, and one
 * that takes something back leaves what they had said before that, whatever others had said by then.
 * @param history the events about the pair, newest first
 */
export function ownLabels(history: readonly LabelEvent[], reviewer: string): OwnLabels {
  const told: LabelEvent[] = [];
  let state = nothingSaid;
  for (const event of history.filter((each) => each.reviewer === reviewer).toReversed()) {
    const { field, side } = event;
    const change = fieldValue.parse({ field, side, value: event.new });
    const old = readField(state, change);
    // An undone or redone event of this field, as it was told: the value before it, or its own.
    const done = told.find((each) => each.group === event.target && each.field === field && each.side === side);
    const value =
      event.kind === 'undo'
        ? (done?.old ?? readField(nothingSaid, change))
        : event.kind === 'redo'
          ? (done?.new ?? old)
          : event.new;
    state = writeField(state, fieldValue.parse({ field, side, value }), event.id);
    told.push({ ...event, old, new: value });
  }
  return { state, history: told.toReversed() };
}
