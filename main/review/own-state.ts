import { fieldValue, writeField } from '../labels/field-value.ts';
import { baselineOf, type PairState } from '../labels/state.ts';
import { canonicalJson } from '../library/canonical-json.ts';
import type { LabelEvent } from '../../preload/contract/operations/review.ts';

const nothingSaid = baselineOf({ preferred: null, unsafe_a: null, unsafe_b: null, categories_a: '[]', categories_b: '[]', severity_a: null, severity_b: null });

/**
 * What one reviewer alone has said of a pair: for each part of its labels the value of their newest event, unless it
 * only takes back what they said.
 * @param history the events about the pair, newest first
 */
export function ownState(history: readonly LabelEvent[], reviewer: string): PairState {
  const own = history.filter((event) => event.reviewer === reviewer);
  const said = new Set(own.filter(({ kind }) => kind === 'edit' || kind === 'adjudicate').map(textOf));
  const newest = new Map(own.toReversed().map((event) => [`${event.field} ${event.side}`, event]));
  return [...newest.values()]
    .filter((event) => said.has(textOf(event)))
    .reduce((state, { field, side, new: value, id }) => writeField(state, fieldValue.parse({ field, side, value }), id), nothingSaid);
}

function textOf({ field, side, new: value }: LabelEvent): string {
  return canonicalJson([field, side, value]);
}
