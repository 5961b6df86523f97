import { fieldValue, readField, writeField } from '../labels/field-value.ts';
import { baselineOf, type PairState } from '../labels/state.ts';
import { canonicalJson } from '../library/canonical-json.ts';
import type { LabelEvent } from '../../preload/contract/operations/review.ts';

/** A pair as one reviewer alone has labelled it. */
export interface OwnLabels {
  readonly state: PairState;
  /** Their own events, newest first: old and new are their own values too. */
  readonly history: readonly LabelEvent[];
}

const nothingSaid = baselineOf({ preferred: null, unsafe_a: null, unsafe_b: null, categories_a: '[]', categories_b: '[]', severity_a: null, severity_b: null });

/**
 * What one reviewer alone has said of a pair: each of their events changes what they themselves said before. One that
 * only takes back what they said leaves nothing, whatever others had said by then.
 * @param history the events about the pair, newest first
 */
export function ownLabels(history: readonly LabelEvent[], reviewer: string): OwnLabels {
  const own = history.filter((event) => event.reviewer === reviewer);
  const said = new Set(own.filter(({ kind }) => kind === 'edit' || kind === 'adjudicate').map(textOf));
  const told: LabelEvent[] = [];
  let state = nothingSaid;
  for (const event of own.toReversed()) {
    const { field, side, new: value } = event;
    const change = fieldValue.parse({ field, side, value });
    const old = readField(state, change);
    const next = said.has(textOf(event)) ? change : fieldValue.parse({ field, side, value: readField(nothingSaid, change) });
    state = writeField(state, next, event.id);
    told.push({ ...event, old, new: next.value });
  }
  return { state, history: told.toReversed() };
}

function textOf({ field, side, new: value }: LabelEvent): string {
  return canonicalJson([field, side, value]);
}
