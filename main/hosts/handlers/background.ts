/** Work that goes on after its call was answered. The library closes only after all of it has ended. */
export interface Background {
  /** Aborted when the host closes. */
  readonly signal: AbortSignal;
  track(work: Promise<unknown>): void;
  /** Asks everything to end and waits for it. Engines that train are processes of their own and go on. */
  close(): Promise<void>;
}

export function createBackground(): Background {
  const abort = new AbortController();
  const open = new Set<Promise<unknown>>();
  return {
    signal: abort.signal,
    track(work) {
      open.add(work);
      void work.finally(() => open.delete(work));
    },
    async close() {
      abort.abort();
      await Promise.allSettled(open);
    },
  };
}
