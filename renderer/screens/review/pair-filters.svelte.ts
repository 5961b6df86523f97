import type { Client } from '../../../preload/contract/client.ts';
import type { FacetCounts, FacetName, ReviewFilter } from '../../../preload/contract/review-filter.ts';
import type { TransformClass } from '../../../preload/contract/pairs.ts';
import { describeError } from '../../components/describe-error.ts';
import { Loaded } from '../../app/loaded.svelte.ts';
import { toggleFacet } from './filter-chips.ts';
import { decodeIds } from './decode-ids.ts';

/** The pairs of the list, in its order. */
export interface ShownPairs {
  readonly ids: Int32Array;
}

/** Who is told that the list is another one, and that labels were counted again. */
interface Told {
  shown(): Promise<void>;
  counted(): Promise<void>;
}

const recountAfterMilliseconds = 800;

/** Which pairs the list shows: a typed query or chips, with live counts. The list stays as it is while labels change; only the counts follow. */
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
    return this.#whileBusy(() => this.#type(query));
  }

  set(filter: ReviewFilter): Promise<void> {
    return this.#whileBusy(async () => {
      this.filter = filter;
      this.problem = null;
      this.query = await this.#client.labels.format({ projectId: this.#projectId, filter });
      await this.#apply();
    });
  }

  async #type(query: string): Promise<void> {
    this.query = query;
    try {
      this.filter = query.trim() === '' ? {} : await this.#client.labels.parse({ projectId: this.#projectId, query });
      this.problem = null;
    } catch (error) {
      const shown = describeError(error);
      if (shown.code !== 'query-invalid') throw error;
      this.problem = shown.message;
      return;
    }
    await this.#apply();
  }

  toggle(facet: FacetName, value: string): Promise<void> {
    return this.set(toggleFacet(this.filter, facet, value));
  }

  /** Shows just these pairs, in this order. */
  async showOnly(pairIds: readonly number[]): Promise<void> {
    await this.recount();
    await this.result.load(() => Promise.resolve({ ids: Int32Array.from(pairIds) }));
    await this.#told.shown();
  }

  /** The first position after one given whose pair is in a class now. */
  async positionOfNext(after: number, transformClass: TransformClass): Promise<number | null> {
    const { ids } = await this.#client.labels.filter({ projectId: this.#projectId, filter: { class: [transformClass] }, blind: this.blind });
    const wanted = new Set(decodeIds(ids));
    const shown = this.result.value?.ids ?? new Int32Array();
    const position = shown.findIndex((id, index) => index > after && wanted.has(id));
    return position < 0 ? null : position;
  }

  /** How many pairs a typed query would show, or what is wrong with it. */
  async peek(query: string): Promise<{ readonly total: number } | { readonly problem: string }> {
    try {
      const filter = query.trim() === '' ? {} : await this.#client.labels.parse({ projectId: this.#projectId, query });
      return { total: (await this.#client.labels.count({ projectId: this.#projectId, filter, blind: this.blind })).total };
    } catch (error) {
      const shown = describeError(error);
      if (shown.code !== 'query-invalid') throw error;
      return { problem: shown.message };
    }
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
    const [{ facets }] = await Promise.all([this.#client.labels.count({ projectId: this.#projectId, filter: this.filter, blind: this.blind }), this.#told.counted()]);
    this.facets = facets;
  }

  async #whileBusy(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await work();
    } finally {
      this.busy = false;
    }
  }

  async #apply(): Promise<void> {
    const { filter } = this;
    await this.result.load(async () => {
      const { ids, facets } = await this.#client.labels.filter({ projectId: this.#projectId, filter, blind: this.blind });
      this.facets = facets;
      return { ids: decodeIds(ids) };
    });
    await this.#told.shown();
  }
}
