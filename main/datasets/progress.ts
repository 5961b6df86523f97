/** How far an import is. */
export interface ImportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rows: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly rowsPerSecond: number;
  /** By the share of bytes read; `null` until there is something to go by. */
  readonly secondsLeft: number | null;
}

interface Counts {
  readonly accepted: number;
  readonly rejected: number;
  readonly duplicates: number;
}

const intervalMilliseconds = 250;

/** Reports progress a few times per second, however fast the rows come. */
export class Progress {
  readonly #bytes: number;
  readonly #listener: ((progress: ImportProgress) => void) | undefined;
  readonly #started = performance.now();
  #reported = performance.now();

  /** `bytes`: the size of the file. */
  constructor(bytes: number, listener: ((progress: ImportProgress) => void) | undefined) {
    this.#bytes = bytes;
    this.#listener = listener;
  }

  report(counts: Counts, bytesRead: number): void {
    const now = performance.now();
    if (now - this.#reported < intervalMilliseconds) return;
    this.#reported = now;
    this.#send(counts, Math.min(bytesRead, this.#bytes), now);
  }

  /** The last report: all bytes read, nothing left. */
  finish(counts: Counts): void {
    this.#send(counts, this.#bytes, performance.now());
  }

  #send({ accepted, rejected, duplicates }: Counts, bytesRead: number, now: number): void {
    const seconds = Math.max((now - this.#started) / 1000, 1e-3);
    const rows = accepted + rejected + duplicates;
    const secondsLeft = bytesRead === 0 ? null : (seconds * (this.#bytes - bytesRead)) / bytesRead;
    this.#listener?.({
      bytesRead,
      bytesTotal: this.#bytes,
      rows,
      accepted,
      rejected,
      duplicates,
      rowsPerSecond: rows / seconds,
      secondsLeft,
    });
  }
}
