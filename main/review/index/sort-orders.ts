import type { ReviewFilter } from '../../../preload/contract/review-filter.ts';

type Sort = NonNullable<ReviewFilter['sort']>;

/** A key of 32 bits has two digits. */
const digitBits = 16;
const digits = 2 ** digitBits;

/** What pairs can be sorted by. */
interface Keys {
  readonly ids: Int32Array;
  readonly lengths: Int32Array;
  readonly changed: Int32Array;
  readonly informative: Float32Array;
}

/** The places of the columns in each order that was asked for, kept until the keys change. */
export class SortOrders {
  readonly #columns: Keys;
  readonly #known = new Map<string, Int32Array>();

  constructor(columns: Keys) {
    this.#columns = columns;
  }

  /**
   * All places in an order; pairs with equal keys stay in the order of their ids. `null`: as they stand in the columns.
   */
  of(sort: ReviewFilter['sort']): Int32Array | null {
    if (sort === undefined || (sort.by === 'id' && !sort.descending)) return null;
    const name = nameOf(sort.by, sort.descending);
    const known = this.#known.get(name) ?? sortedPlaces(keysOf(this.#columns, sort));
    this.#known.set(name, known);
    return known;
  }

  /** The keys of an order changed. */
  forget(by: Sort['by']): void {
    this.#known.delete(nameOf(by, false));
    this.#known.delete(nameOf(by, true));
  }
}

function nameOf(by: Sort['by'], descending: boolean): string {
  return `${by}${descending ? '-' : ''}`;
}

/** Keys of 32 bits, the least first. */
function keysOf({ ids, lengths, changed, informative }: Keys, { by, descending }: Sort): Uint32Array {
  const keys =
    by === 'informative'
      ? Uint32Array.from(informative, (score) => (score + 1) * 2 ** 30)
      : new Uint32Array(by === 'id' ? ids : by === 'length' ? lengths : changed);
  return descending ? keys.map((key) => ~key) : keys;
}

/** Places by key, equal keys as they stand: a radix sort, milliseconds for 300,000. */
function sortedPlaces(keys: Uint32Array): Int32Array {
  const places = new Int32Array(keys.length).map((_, place) => place);
  return sortByDigit(keys, sortByDigit(keys, places, 0), digitBits);
}

function sortByDigit(keys: Uint32Array, places: Int32Array, shift: number): Int32Array {
  const starts = new Uint32Array(digits + 1);
  for (let place = 0; place < keys.length; place += 1) {
    const after = (((keys[place] ?? 0) >>> shift) & (digits - 1)) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let digit = 1; digit < digits; digit += 1) starts[digit] = (starts[digit] ?? 0) + (starts[digit - 1] ?? 0);
  const sorted = new Int32Array(places.length);
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index] ?? 0;
    const digit = ((keys[place] ?? 0) >>> shift) & (digits - 1);
    const start = starts[digit] ?? 0;
    sorted[start] = place;
    starts[digit] = start + 1;
  }
  return sorted;
}
