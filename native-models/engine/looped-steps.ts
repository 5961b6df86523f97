import type { Session } from '../runtime/session.ts';
import type { SessionTensors } from '../runtime/tensor.ts';
import { floatOutput, floats, integers } from './feeds.ts';
import { type PairLayout, collateItems, optimizerFeeds, pairFeeds, pairOutcomes, pairWeight, sharesPrompts } from './pair-feeds.ts';
import { stackFeeds } from './stack-feeds.ts';
import type { TrainedState } from './trained-state.ts';
import type { PairOutcome, StepOutcome, StepRequest, StepRunner, TrainingItem } from './training-item.ts';

/** A run is at most this long, so that pause and stop are heard within five seconds. */
const longestRunSeconds = 4;
/** More micro-batches in a run would save nothing worth their padding. */
const mostMicroBatches = 32;

/** How many micro-batches of so many seconds make a run. */
export function microBatchesPerRun(secondsPerMicroBatch: number): number {
  return Math.min(mostMicroBatches, Math.max(1, Math.floor(longestRunSeconds / secondsPerMicroBatch)));
}

/** A micro-batch and the place it has in its step. */
interface Place {
  readonly items: readonly TrainingItem[];
  readonly request: StepRequest;
  readonly step: number;
  readonly ends: boolean;
}

/** Several micro-batches a run, with everything the optimiser changes kept on the device meanwhile (`trainingLoop`). */
export class LoopedSteps implements StepRunner {
  readonly #session: Session;
  readonly #layout: PairLayout;
  /** One, until a run was timed: the first also compiles kernels, so it is not counted. */
  #microBatches = 1;
  #timedRuns = 0;

  constructor(session: Session, layout: PairLayout) {
    this.#session = session;
    this.#layout = layout;
  }

  get stepsPerRun(): number {
    return Math.max(1, Math.floor(this.#microBatches / this.#layout.settings.accumulate));
  }

  async steps(state: TrainedState, requests: readonly StepRequest[]): Promise<readonly StepOutcome[]> {
    const places = requests.flatMap((request, step) => request.microBatches.map((items, index): Place => ({ items, request, step, ends: index === request.microBatches.length - 1 })));
    const outcomes = requests.map((): { pairs: PairOutcome[]; gradNorm: number; tokens: number } => ({ pairs: [], gradNorm: Number.NaN, tokens: 0 }));
    let accumulated = new Float32Array(state.parameters.length);
    for (const run of this.#runs(places)) {
      const { outputs, tokens } = await this.#run(state, accumulated, run);
      const pairs = pairOutcomes(outputs);
      const norms = floatOutput(outputs, 'grad_norm');
      let first = 0;
      for (const [index, { step, ends, items }] of run.entries()) {
        const outcome = outcomes[step];
        if (outcome === undefined) continue;
        outcome.pairs.push(...pairs.slice(first, first + items.length));
        outcome.tokens += tokens[index] ?? 0;
        if (ends) outcome.gradNorm = norms[index] ?? Number.NaN;
        first += items.length;
      }
      accumulated = new Float32Array(floatOutput(outputs, 'next_accumulated_gradient'));
    }
    return outcomes;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  /** Consecutive micro-batches of as many pairs each, so that they stack. */
  #runs(places: readonly Place[]): readonly (readonly Place[])[] {
    const runs: Place[][] = [];
    for (const place of places) {
      const open = runs.at(-1);
      if (open !== undefined && open.length < this.#microBatches && open[0]?.items.length === place.items.length) open.push(place);
      else runs.push([place]);
    }
    return runs;
  }

  async #run(state: TrainedState, accumulated: Float32Array, run: readonly Place[]): Promise<{ readonly outputs: SessionTensors; readonly tokens: readonly number[] }> {
    // Laid out twice: the second time every micro-batch has the size of the longest, and the same form.
    const shared = sharesPrompts(run.flatMap(({ items }) => items), this.#layout);
    const drafts = run.map(({ items }) => collateItems(items, this.#layout, shared));
    const even = { ...this.#layout, headChunks: Math.max(...drafts.map(({ responseCount }) => responseCount)), attentionBlocks: Math.max(...drafts.map(({ rowLength }) => rowLength)) };
    const batches = run.map(({ items }) => collateItems(items, even, shared));
    const stacked = stackFeeds(run.map(({ items, request, ends }, index) => {
      const batch = batches[index] ?? collateItems(items, even, shared);
      return { ...pairFeeds(batch, items, pairWeight(request)), ...optimizerFeeds(request, this.#layout.settings), updates: floats([1], [Number(ends)]) };
    }));
    const size = [state.parameters.length];
    const startedAt = performance.now();
    const outputs = await this.#session.run({
      ...stacked,
      micro_batches: integers([], [run.length]),
      parameters: floats(size, state.parameters),
      first_moment: floats(size, state.firstMoment),
      second_moment: floats(size, state.secondMoment),
      accumulated_gradient: floats(size, accumulated),
    });
    if (this.#timedRuns > 0) this.#microBatches = microBatchesPerRun((performance.now() - startedAt) / 1000 / run.length);
    this.#timedRuns += 1;
    state.parameters = floatOutput(outputs, 'next_parameters');
    state.firstMoment = floatOutput(outputs, 'next_first_moment');
    state.secondMoment = floatOutput(outputs, 'next_second_moment');
    return { outputs, tokens: batches.map(({ tokenCount }) => tokenCount) };
  }
}
