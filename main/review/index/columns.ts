import { chainHead } from '../../labels/chain.ts';
import type { Library } from '../../library/library.ts';
import type { ColumnSource, PairColumns } from './column-source.ts';
import type { KeptColumns } from './kept-columns.ts';
import type { ReviewState } from './review-state.ts';
import { SortOrders } from './sort-orders.ts';

/**
 * A project's visible pairs as columns in memory, 20 bytes per pair. A filter is decided once per state, then looked up
 * once per pair.
 */
export class ReviewColumns implements PairColumns {
  readonly ids: Int32Array;
  readonly states: Uint32Array;
  readonly lengths: Int32Array;
  readonly changed: Int32Array;
  readonly informative: Float32Array;
  readonly orders: SortOrders;
  /** How many pairs are in each state, by number. */
  readonly pairsInState: number[] = [];
  readonly #library: Library;
  readonly #source: ColumnSource;
  /** The end of the label log that these columns show. */
  #seq: number;

  constructor(
    library: Library,
    source: ColumnSource,
    seq: number,
    { ids, states, lengths, changed, informative }: PairColumns,
  ) {
    this.#library = library;
    this.#source = source;
    this.#seq = seq;
    this.ids = ids;
    this.states = states;
    this.lengths = lengths;
    this.changed = changed;
    this.informative = informative;
    for (const state of this.states) this.#count(state, 1);
    this.orders = new SortOrders(this);
  }

  /** What a later process needs to have these columns again. */
  kept(): KeptColumns {
    const { ids, states, lengths, changed, informative } = this;
    return {
      seq: this.#seq,
      columns: { ids, states, lengths, changed, informative },
      distinct: this.distinct,
      marks: this.#source.marks,
    };
  }

  /** The states, by number. */
  get distinct(): readonly ReviewState[] {
    return this.#source.distinct;
  }

  /** Where a pair stands in the columns; -1 when it is not shown. */
  placeOf(pairId: number): number {
    let [low, high] = [0, this.ids.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const id = this.ids[middle] ?? 0;
      if (id === pairId) return middle;
      if (id < pairId) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Brings the pairs up to date that were labelled since. */
  follow(): void {
    const { seq } = chainHead(this.#library);
    if (seq === this.#seq) return;
    const labelled = this.#source.since(this.#seq);
    for (const [row, pairId] of labelled.ids.entries()) {
      const place = this.placeOf(pairId);
      if (place < 0) continue;
      this.#count(this.states[place] ?? 0, -1);
      this.#count(labelled.states[row] ?? 0, 1);
      this.states[place] = labelled.states[row] ?? 0;
      this.changed[place] = labelled.changed[row] ?? 0;
    }
    this.orders.forget('changed');
    this.#seq = seq;
  }

  #count(state: number, change: 1 | -1): void {
    this.pairsInState[state] = (this.pairsInState[state] ?? 0) + change;
  }
}
