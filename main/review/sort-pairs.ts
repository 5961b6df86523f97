import type { ReviewFilter } from '../../preload/contract/review-filter.ts';
import type { ReviewColumns } from './columns.ts';

/** Room for the place below the key in a number of 53 bits: 2^21 pairs, keys up to 2^32. */
const placeRange = 2 ** 21;

/** Places in the order asked for; pairs with equal keys stay in the order of their ids. */
export function sortPlaces(columns: ReviewColumns, places: Int32Array, sort: ReviewFilter['sort']): Int32Array {
  if (sort === undefined || sort.by === 'id') return sort?.descending === true ? places.toReversed() : places;
  const keys = keysOf(columns, sort.by);
  const largest = 2 ** 31;
  // Numbers sort without a comparison function, ten times faster.
  const packed = Float64Array.from(places, (place) => {
    const key = keys(place);
    return (sort.descending ? largest - key : key) * placeRange + place;
  }).sort();
  return Int32Array.from(packed, (value) => value % placeRange);
}

function keysOf({ lengths, changed, informative }: ReviewColumns, by: 'length' | 'changed' | 'informative'): (place: number) => number {
  if (by === 'length') return (place) => lengths[place] ?? 0;
  if (by === 'changed') return (place) => changed[place] ?? 0;
  return (place) => Math.round(((informative[place] ?? -1) + 1) * 2 ** 29);
}
