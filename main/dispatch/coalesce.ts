import type { Numbered, Sink } from '../../preload/contract/contract.ts';
import type { Replay } from '../../preload/contract/operation.ts';

/** Ten batches a second: fast enough to look live, slow enough that 4 Hz charts and a remote page keep up. */
const intervalMs = 100;
/** A long history comes in pieces, so that no message is large. */
const batchLimit = 1_000;

export interface BatchListener {
  deliver(events: readonly Numbered<unknown>[]): void;
  fail(error: unknown): void;
  /** False while the client has not taken what it was sent: events wait, and of a `latest` stream only the newest. */
  ready(): boolean;
}

export interface Batches {
  readonly sink: Sink<unknown>;
  stop(): void;
}

/**
 * Gathers a stream's events into batches, the first at once and then at most ten a second. A `latest` stream keeps only
 * the newest event of a batch; an `all` stream keeps every one, in order.
 */
export function coalesce(replay: Replay, after: number, { deliver, fail, ready }: BatchListener): Batches {
  let waiting: Numbered<unknown>[] = [];
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    timer = null;
    if (waiting.length === 0) return;
    if (!ready()) {
      timer = setTimeout(flush, intervalMs);
      return;
    }
    const batch = waiting.splice(0, batchLimit);
    timer = setTimeout(flush, waiting.length > 0 ? 0 : intervalMs);
    deliver(batch);
  };

  return {
    sink: {
      after,
      send(event) {
        if (replay === 'latest') waiting = [event];
        else waiting.push(event);
        // Not at once: a replay of a long history is sent synchronously and should be one batch.
        timer ??= setTimeout(flush, 0);
      },
      fail,
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      waiting = [];
    },
  };
}
