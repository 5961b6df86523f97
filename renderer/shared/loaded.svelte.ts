/** Something read from the host: its value, or the error, or still under way. Only the newest read counts. */
export class Loaded<Value> {
  value = $state.raw<Value | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  #newest = 0;

  /** Runs a read; keeps the old value in view until the new one is there, and where it gives none (`undefined`). */
  async load(read: () => Promise<Value | undefined>): Promise<void> {
    const turn = (this.#newest += 1);
    this.busy = true;
    try {
      const value = await read();
      if (turn === this.#newest) {
        if (value !== undefined) this.value = value;
        this.error = null;
      }
    } catch (error) {
      if (turn === this.#newest) this.error = error;
    } finally {
      if (turn === this.#newest) this.busy = false;
    }
  }
}
