/**
 * A run is meant to take at most this long, so that pause and stop are heard, and progress shows, within five seconds.
 */
const longestRunSeconds = 4;
/** More in one run would save nothing that can be measured. */
const mostParts = 32;
/** How much of an earlier, slower pace is remembered from one run to the next. */
const memory = 0.9;

/** How many parts of known size make a run, from the time that earlier runs took. */
export class RunLength {
  #secondsPerCell = 0;
  #warm = false;

  /** How many of the first parts fit into one run; one, until a run was timed, and never none. */
  fitting(sizes: readonly number[]): number {
    if (this.#secondsPerCell === 0) return 1;
    let seconds = 0;
    const over = sizes
      .slice(0, mostParts)
      .findIndex((size) => (seconds += size * this.#secondsPerCell) > longestRunSeconds);
    return Math.max(1, over === -1 ? Math.min(mostParts, sizes.length) : over);
  }

  /** The next run will load the graph again. */
  cool(): void {
    this.#warm = false;
  }

  /** A run of parts of these sizes took so long. The first after loading is not counted: it also compiles kernels. */
  ran(sizes: readonly number[], seconds: number): void {
    if (!this.#warm) {
      this.#warm = true;
      return;
    }
    const pace = seconds / sizes.reduce((sum, size) => sum + size, 0);
    this.#secondsPerCell = Math.max(pace, memory * this.#secondsPerCell);
  }
}
