import type { Client } from '../../../../preload/contract/client.ts';
import type { PairDetail } from '../../../../preload/contract/operations/review.ts';

/** Reads pairs, the next one ahead of time, so that it can be shown the moment it is wanted. */
export class PairReader {
  /** Only what the reviewer said themselves is read. */
  blind = false;
  #ahead: { readonly pairId: number; readonly detail: Promise<PairDetail> } | null = null;
  readonly #client: Client;
  readonly #projectId: number;

  constructor(client: Client, projectId: number) {
    this.#client = client;
    this.#projectId = projectId;
  }

  async read(pairId: number): Promise<PairDetail> {
    const ahead = this.#ahead;
    return ahead?.pairId === pairId
      ? ahead.detail
      : this.#client.review.pair({ projectId: this.#projectId, pairId, blind: this.blind });
  }

  readAhead(pairId: number): void {
    if (this.#ahead?.pairId === pairId) return;
    const detail = this.#client.review.pair({ projectId: this.#projectId, pairId, blind: this.blind });
    this.#ahead = { pairId, detail };
    // The error is told when the pair is wanted; until then it must not count as unhandled.
    detail.catch(() => this.forget());
  }

  /** Drops what was read ahead, of one pair or of any: it was changed. */
  forget(pairId?: number): void {
    if (pairId === undefined || this.#ahead?.pairId === pairId) this.#ahead = null;
  }
}
