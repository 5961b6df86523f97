import { Heartbeat, type StatusReport } from './heartbeat.ts';

/** Peak resident memory of this process so far, in bytes, mapped weights included. */
export function peakMemoryBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** Turns what the recipe reports into `status.json`: amounts done, rates, time left. */
export class RunProgress {
  readonly #heartbeat: Heartbeat;
  #status: StatusReport;
  #startedAt = performance.now();
  #startStep = 0;
  #pairs = 0;
  #tokens = 0;

  constructor(runFolder: string) {
    this.#status = { state: 'starting', step: 0, totalSteps: 0, epoch: 0, pairsPerSecond: 0, tokensPerSecond: 0, secondsLeft: null, peakMemoryBytes: peakMemoryBytes(), error: null };
    this.#heartbeat = new Heartbeat(runFolder, this.#status);
  }

  state(state: StatusReport['state']): void {
    this.#report({ state });
  }

  /** Training goes on from `step` of `totalSteps`. */
  startSteps(step: number, totalSteps: number): void {
    this.#startedAt = performance.now();
    this.#startStep = step;
    this.#report({ state: 'training', step, totalSteps });
  }

  /** Returns the rates so far. */
  step(step: number, epoch: number, pairs: number, tokens: number): { readonly pairsPerSecond: number; readonly tokensPerSecond: number; readonly seconds: number } {
    this.#pairs += pairs;
    this.#tokens += tokens;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rates = { pairsPerSecond: this.#pairs / seconds, tokensPerSecond: this.#tokens / seconds };
    const secondsLeft = ((this.#status.totalSteps - step) * seconds) / Math.max(1, step - this.#startStep);
    this.#report({ state: 'training', step, epoch, ...rates, secondsLeft });
    return { ...rates, seconds };
  }

  async end(state: 'stopped' | 'done' | 'failed', error: StatusReport['error'] = null): Promise<void> {
    this.#status = { ...this.#status, state, error, secondsLeft: null, peakMemoryBytes: peakMemoryBytes() };
    await this.#heartbeat.close(this.#status);
  }

  #report(change: Partial<StatusReport>): void {
    this.#status = { ...this.#status, ...change, peakMemoryBytes: peakMemoryBytes() };
    this.#heartbeat.report(this.#status);
  }
}
