import { SvelteMap } from 'svelte/reactivity';
import type { Client } from '../../../preload/contract/client.ts';
import type { LabelChange, LabelResult, PairDetail, PairFilter, PairRow } from '../../../preload/contract/operations/review.ts';
import type { Side } from '../../../preload/contract/pairs.ts';
import { Loaded } from '../../app/loaded.svelte.ts';

const rowsAtOnce = 200;
/** Enough for any window; the list asks for the rest as it scrolls. */
const firstRows = Array.from({ length: 60 }, (_, position) => position);

/** The review page: the ids that match, their rows as they come into view, the focused pair, and the label commands. */
export class ReviewQueue {
  filter = $state.raw<PairFilter>({});
  readonly ids = new Loaded<readonly number[]>();
  readonly rows = new SvelteMap<number, PairRow>();
  readonly detail = new Loaded<PairDetail>();
  active = $state(0);
  /** Go to the next pair by itself once both verdicts and the preference are there. */
  movesOn = $state(true);
  /** What the last command did, for the live region. */
  said = $state('');
  readonly #asked = new Set<number>();
  readonly #client: Client;
  readonly #projectId: number;

  constructor(client: Client, projectId: number) {
    this.#client = client;
    this.#projectId = projectId;
  }

  async show(filter: PairFilter): Promise<void> {
    this.filter = filter;
    await this.ids.load(() => this.#client.review.ids({ projectId: this.#projectId, filter }));
    await Promise.all([this.focus(0), this.need(firstRows)]);
  }

  /** Brings a position of the list into focus. */
  async focus(position: number): Promise<void> {
    const ids = this.ids.value ?? [];
    this.active = Math.max(0, Math.min(ids.length - 1, position));
    const pairId = ids[this.active];
    if (pairId === undefined) this.detail.value = null;
    else await this.detail.load(() => this.#client.review.pair({ projectId: this.#projectId, pairId }));
  }

  /** Reads the rows that are in view and not yet known. */
  async need(positions: readonly number[]): Promise<void> {
    const ids = this.ids.value ?? [];
    const missing = positions.map((position) => ids[position]).filter((id) => id !== undefined && !this.rows.has(id) && !this.#asked.has(id));
    const pairIds = missing.filter((id) => id !== undefined).slice(0, rowsAtOnce);
    if (pairIds.length === 0) return;
    pairIds.forEach((id) => this.#asked.add(id));
    const rows = await this.#client.review.rows({ projectId: this.#projectId, pairIds });
    rows.forEach((row) => this.rows.set(row.id, row));
    pairIds.forEach((id) => this.#asked.delete(id));
  }

  async verdict(side: Side, unsafe: boolean): Promise<void> {
    await this.change({ unsafe: side === 'a' ? { a: unsafe } : { b: unsafe } }, true);
  }

  async change(change: LabelChange, canComplete = false): Promise<void> {
    const pairId = this.detail.value?.pair.id;
    if (pairId === undefined) return;
    const result = await this.#client.review.label({ projectId: this.#projectId, pairIds: [pairId], change, why: '' });
    this.#take(result);
    this.said = `Pair ${pairId} saved.`;
    const row = this.rows.get(pairId);
    const complete = row !== undefined && row.unsafe.a !== null && row.unsafe.b !== null && row.preferred !== null;
    if (canComplete && complete && this.movesOn && this.detail.value?.transform === 'waiting') await this.next();
    else await this.focus(this.active);
  }

  /** The next pair of the list. */
  async next(): Promise<void> {
    await this.focus(this.active + 1);
  }

  /** Takes the last change back and brings its pair in view. */
  async undo(): Promise<void> {
    await this.#moveInHistory(await this.#client.review.undo({ projectId: this.#projectId }), 'Taken back.', 'There is nothing to take back.');
  }

  async redo(): Promise<void> {
    await this.#moveInHistory(await this.#client.review.redo({ projectId: this.#projectId }), 'Done again.', 'There is nothing to do again.');
  }

  async #moveInHistory(result: LabelResult, done: string, none: string): Promise<void> {
    this.#take(result);
    this.said = result.group === null ? none : done;
    const pairId = result.pairs[0]?.id;
    const position = pairId === undefined ? -1 : (this.ids.value ?? []).indexOf(pairId);
    await this.focus(position < 0 ? this.active : position);
  }

  #take(result: LabelResult): void {
    result.pairs.forEach((row) => this.rows.set(row.id, row));
  }
}
