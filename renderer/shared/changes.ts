import type { Client } from '../../preload/contract/client.ts';
import type { Unsubscribe } from '../../preload/contract/contract.ts';
import { changeable, type Change } from '../../preload/contract/changes.ts';

/** One command often comes with others; what they changed is read once. */
const settleMilliseconds = 100;

/** Tells screens when another page, or work that ended, changed what they show. */
export class Changes {
  readonly #listeners = new Map<() => void, ReadonlySet<Change>>();
  readonly #waiting = new Set<Change>();
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Follows the host; returns the function that stops it. */
  start(failed: (error: unknown) => void): Unsubscribe {
    return this.#client.app.changesFeed({}, { next: (change) => this.#note([change]), error: failed });
  }

  /** Anything may have changed while the connection was away. */
  missed(): void {
    this.#note(changeable);
  }

  /**
   * Calls `read` after changes of these parts, never for each of several that come together. Returns the function that
   * stops it.
   */
  on(parts: readonly Change[], read: () => void): Unsubscribe {
    this.#listeners.set(read, new Set(parts));
    return () => void this.#listeners.delete(read);
  }

  #note(changes: readonly Change[]): void {
    const idle = this.#waiting.size === 0;
    changes.forEach((change) => this.#waiting.add(change));
    if (idle) setTimeout(() => this.#tell(), settleMilliseconds);
  }

  #tell(): void {
    const settled = new Set(this.#waiting);
    this.#waiting.clear();
    this.#listeners.forEach((parts, read) => {
      if ([...parts].some((part) => settled.has(part))) read();
    });
  }
}
