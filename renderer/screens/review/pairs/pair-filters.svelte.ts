import type { Client } from '../../../../preload/contract/client.ts';
import type { FacetCounts, FacetName, ReviewFilter } from '../../../../preload/contract/review-filter.ts';
import type { ReviewRow } from '../../../../preload/contract/review-views.ts';
import { describeError } from '../../../kit/describe-error.ts';
import { Loaded } from '../../../shared/loaded.svelte.ts';
import { toggleFacet } from './filter-chips.ts';
import { decodeIds } from './decode-ids.ts';
import type { TransformClass } from '../../../../native-models/vocabulary/lists.ts';
import type { AskedPairs, FoundPairs, PairDetail } from '../../../../preload/contract/operations/review.ts';

/** The pairs of the list, in its order. */
export interface ShownPairs {
  readonly ids: Int32Array;
}

/**
 * Who is told that the list is another one, by its first rows and its first pair where they came with it, and that
 * labels were counted again.
 */
interface Told {
  rows(rows: readonly ReviewRow[]): void;
  shown(first: PairDetail | null): Promise<void>;
  counted(): Promise<void>;
}

const recountAfterMilliseconds = 800;

/**
 * Which pairs the list shows: a typed query or chips, with live counts. The list stays as it is while labels change;
 * only the counts follow.
 */
export class PairFilters {
  query = $state('');
  filter = $state.raw<ReviewFilter>({});
  /** Only what the reviewer said themselves is filtered by and counted. */
  blind = false;
  /** A query is being read or its pairs are being found. */
  busy = $state(false);
  /** What is wrong with the typed query. */
  problem = $state<string | null>(null);
  facets = $state.raw<FacetCounts | null>(null);
  readonly result = new Loaded<ShownPairs>();
  #newest = 0;
  #recount: ReturnType<typeof setTimeout> | undefined;
  readonly #client: Client;
  readonly #projectId: number;
  readonly #told: Told;

  constructor(client: Client, projectId: number, told: Told) {
    this.#client = client;
    this.#projectId = projectId;
    this.#told = told;
  }

  /** Applies a typed query; a wrong one changes nothing but `problem`. */
  type(query: string): Promise<void> {
    this.query = query;
    return this.#find({ query });
  }

  set(filter: ReviewFilter): Promise<void> {
    // At once: a second chip may follow before the first one's pairs are there.
    this.filter = filter;
    return this.#find({ filter });
  }

  toggle(facet: FacetName, value: string): Promise<void> {
    return this.set(toggleFacet(this.filter, facet, value));
  }

  /** Shows just these pairs, in this order. */
  async showOnly(pairIds: readonly number[]): Promise<void> {
    await this.recount();
    await this.result.load(() => Promise.resolve({ ids: Int32Array.from(pairIds) }));
    await this.#told.shown(null);
  }

  /** The first position after one given whose pair is in a class now. */
  async positionOfNext(after: number, transformClass: TransformClass): Promise<number | null> {
    const { ids } = await this.#client.review.filter({
      projectId: this.#projectId,
      filter: { class: [transformClass] },
      blind: this.blind,
    });
    const wanted = new Set(decodeIds(ids));
    const shown = this.result.value?.ids ?? new Int32Array();
    const position = shown.findIndex((id, index) => index > after && wanted.has(id));
    return position < 0 ? null : position;
  }

  /** How many pairs a typed query would show, or what is wrong with it. */
  async peek(query: string): Promise<{ readonly total: number } | { readonly problem: string }> {
    return orProblem(this.#client.review.count({ projectId: this.#projectId, asked: { query }, blind: this.blind }));
  }

  /** Counts again once the labelling pauses. */
  recountSoon(): void {
    clearTimeout(this.#recount);
    this.#recount = setTimeout(() => void this.recount(), recountAfterMilliseconds);
  }

  stop(): void {
    clearTimeout(this.#recount);
  }

  async recount(): Promise<void> {
    const [{ facets }] = await Promise.all([
      this.#client.review.count({ projectId: this.#projectId, asked: { filter: this.filter }, blind: this.blind }),
      this.#told.counted(),
    ]);
    this.facets = facets;
  }

  async #find(asked: AskedPairs): Promise<void> {
    const turn = (this.#newest += 1);
    this.busy = true;
    let found: FoundPairs | undefined;
    await this.result.load(async () => {
      const answer = await orProblem(
        this.#client.review.find({ projectId: this.#projectId, asked, blind: this.blind }),
      );
      if (turn !== this.#newest) return undefined;
      if (!('problem' in answer)) return this.#take((found = answer));
      this.problem = answer.problem;
      return undefined;
    });
    if (turn !== this.#newest) return;
    if (found !== undefined) await this.#told.shown(found.first);
    if (turn === this.#newest) this.busy = false;
  }

  #take(found: FoundPairs): ShownPairs {
    this.problem = null;
    this.query = found.query;
    this.filter = found.filter;
    this.facets = found.facets;
    this.#told.rows(found.rows);
    return { ids: decodeIds(found.ids) };
  }
}

/** What a query found, or what is wrong with it. */
async function orProblem<Found>(asked: Promise<Found>): Promise<Found | { readonly problem: string }> {
  try {
    return await asked;
  } catch (error) {
    const shown = describeError(error);
    if (shown.code !== 'query-invalid') throw error;
    return { problem: shown.message };
  }
}
