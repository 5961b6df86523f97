import type { Client } from '../../../preload/contract/client.ts';
import type { RunComparison, StepMetrics } from '../../../preload/contract/operations/runs.ts';
import { Loaded } from '../../shared/loaded.svelte.ts';

const stepsAtOnce = 50_000;

/** Several runs over each other: what differs, how they did, and their histories. */
export class Comparison {
  readonly result = new Loaded<RunComparison>();
  readonly histories = new Loaded<readonly (readonly StepMetrics[])[]>();
  readonly #client: Client;
  readonly #runIds: readonly string[];

  constructor(client: Client, runIds: readonly string[]) {
    this.#client = client;
    this.#runIds = runIds;
  }

  async load(): Promise<void> {
    const runIds = [...this.#runIds];
    await Promise.all([
      this.result.load(() => this.#client.runs.compare({ runIds })),
      this.histories.load(() =>
        Promise.all(runIds.map((runId) => this.#client.runs.metrics({ runId, afterStep: 0, limit: stepsAtOnce }))),
      ),
    ]);
  }
}
