import { Heartbeat } from './heartbeat.ts';
import type { Rates } from '../../protocol/run-folder/metrics.ts';
import { type StatusReport, startingStatus } from '../../protocol/run-folder/status.ts';

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
  /** Pairs scored when the clock of the reference started. */
  #referenceBefore: number | null = null;
  #earlier = { pairs: 0, tokens: 0, seconds: 0 };
  #pairs = 0;
  #tokens = 0;

  constructor(runFolder: string) {
    this.#status = { ...startingStatus, peakMemoryBytes: peakMemoryBytes() };
    this.#heartbeat = new Heartbeat(runFolder, this.#status);
  }

  state(state: StatusReport['state']): void {
    this.#report({ state });
  }

  /** Says what is wrong with the card; true when that is news. */
  alarm(alarm: StatusReport['alarm']): boolean {
    if (alarm?.code === this.#status.alarm?.code) return false;
    this.#report({ alarm });
    return alarm !== null;
  }

  /** Steps done so far. */
  get stepsDone(): number {
    return this.#status.step;
  }

  /** Waits are not training time: call what this returns when the pause is over. */
  pause(): () => void {
    const { state } = this.#status;
    const pausedAt = performance.now();
    this.#report({ state: 'paused' });
    return () => {
      this.#startedAt += performance.now() - pausedAt;
      this.#report({ state });
    };
  }

  /** The start model has scored `done` of `total` pairs. */
  reference(done: number, total: number): void {
    if (this.#status.reference === null) this.#startedAt = performance.now();
    const before = (this.#referenceBefore ??= done);
    const secondsLeft =
      done === before ? null : ((total - done) * (performance.now() - this.#startedAt)) / 1000 / (done - before);
    this.#report({ state: 'reference', reference: { done, total }, secondsLeft });
  }

  /** Training goes on from `step` of `totalSteps`, after earlier attempts with these rates. */
  startSteps(step: number, totalSteps: number, { pairsPerSecond, tokensPerSecond, seconds }: Rates): void {
    this.#startedAt = performance.now();
    this.#startStep = step;
    this.#earlier = { pairs: pairsPerSecond * seconds, tokens: tokensPerSecond * seconds, seconds };
    this.#report({ state: 'training', step, totalSteps, reference: null, secondsLeft: null });
  }

  /** Steps up to `step` are done, with so many pairs and tokens since the last call. Returns the rates so far. */
  steps(step: number, epoch: number, pairs: number, tokens: number): Rates {
    this.#pairs += pairs;
    this.#tokens += tokens;
    const now = (performance.now() - this.#startedAt) / 1000;
    const seconds = this.#earlier.seconds + now;
    const rates = {
      pairsPerSecond: (this.#earlier.pairs + this.#pairs) / seconds,
      tokensPerSecond: (this.#earlier.tokens + this.#tokens) / seconds,
    };
    const secondsLeft = ((this.#status.totalSteps - step) * now) / Math.max(1, step - this.#startStep);
    this.#report({ state: 'training', step, epoch, ...rates, secondsLeft });
    return { ...rates, seconds };
  }

  async end(state: 'stopped' | 'done' | 'failed', error: StatusReport['error'] = null): Promise<void> {
    this.#status = {
      ...this.#status,
      state,
      error,
      secondsLeft: null,
      alarm: null,
      peakMemoryBytes: peakMemoryBytes(),
    };
    await this.#heartbeat.close(this.#status);
  }

  #report(change: Partial<StatusReport>): void {
    this.#status = { ...this.#status, ...change, peakMemoryBytes: peakMemoryBytes() };
    this.#heartbeat.report(this.#status);
  }
}
