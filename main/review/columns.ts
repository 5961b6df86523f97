import { chainHead } from '../labels/chain.ts';
import type { Library } from '../library/library.ts';
import { ColumnSource, type Columns } from './column-source.ts';
import type { ReviewState } from './review-state.ts';
import { SortOrders } from './sort-orders.ts';

/** A project's visible pairs as columns in memory, 20 bytes a pair. A filter is decided once a state and then looked up once a pair. */
export class ReviewColumns implements Columns {
  readonly ids: Int32Array;
  readonly states: Uint32Array;
  readonly lengths: Int32Array;
  readonly changed: Int32Array;
  /** 0 to 1: how unsure the scorers are; -1 without a suggestion. */
  readonly informative: Float32Array;
  readonly orders: SortOrders;
  /** How many pairs are in each state, by number. */
  readonly pairsInState: number[] = [];
  readonly #library: Library;
  readonly #source: ColumnSource;
  /** The end of the label log that these columns show. */
  #seq: number;

  constructor(library: Library, source: ColumnSource, seq: number, pieces: readonly Columns[]) {
    this.#library = library;
    this.#source = source;
    this.#seq = seq;
    const pairs = pieces.reduce((sum, { ids }) => sum + ids.length, 0);
    this.ids = new Int32Array(pairs);
    this.states = new Uint32Array(pairs);
    this.lengths = new Int32Array(pairs);
    this.changed = new Int32Array(pairs);
    this.informative = new Float32Array(pairs).fill(-1);
    let place = 0;
    for (const piece of pieces) {
      this.ids.set(piece.ids, place);
      this.states.set(piece.states, place);
      this.lengths.set(piece.lengths, place);
      this.changed.set(piece.changed, place);
      place += piece.ids.length;
    }
    for (const [pairId, unsure] of source.unsure) {
      const suggested = this.placeOf(pairId);
      if (suggested >= 0) this.informative[suggested] = unsure;
    }
    for (const state of this.states) this.#count(state, 1);
    this.orders = new SortOrders(this);
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
