import type { Session } from '../../runtime/session.ts';
import type { SessionTensors } from '../../runtime/tensor.ts';
import { pairLength } from '../../text/encode-pair.ts';
import { floatOutput, floats, integers } from '../model/feeds.ts';
import { type PairLayout, collateItems, optimizerFeeds, pairFeeds, pairOutcomes, pairWeight } from './pair-feeds.ts';
import { RunLength } from './run-length.ts';
import { stackFeeds } from './stack-feeds.ts';
import type { TrainedState } from '../model/trained-state.ts';
import type { PairOutcome, StepOutcome, StepRequest, StepRunner, TrainingItem } from './item.ts';
import { largestOf } from '../../extremes.ts';

/** A micro-batch and the place it has in its step. */
interface Place {
  readonly items: readonly TrainingItem[];
  readonly request: StepRequest;
  readonly step: number;
  readonly ends: boolean;
}

/** A step while its micro-batches are computed. */
interface OpenOutcome extends StepOutcome {
  readonly pairs: PairOutcome[];
  gradNorm: number;
  tokens: number;
}

/**
 * Several micro-batches a run, with everything the optimiser changes kept on the device meanwhile (`trainingLoop`). How
 * many follows from measured time and changes nothing of the numbers.
 */
export class LoopedSteps implements StepRunner {
  readonly #session: Session;
  readonly #layout: PairLayout;
  readonly #runLength = new RunLength();

  constructor(session: Session, layout: PairLayout) {
    this.#session = session;
    this.#layout = layout;
  }

  stepsAtOnce(requests: readonly StepRequest[]): number {
    const places = placesOf(requests);
    return Math.max(1, places.slice(0, this.#fitting(places)).filter(({ ends }) => ends).length);
  }

  async steps(
    state: TrainedState,
    requests: readonly StepRequest[],
    between: () => Promise<void>,
  ): Promise<readonly StepOutcome[]> {
    const outcomes = requests.map((): OpenOutcome => ({ pairs: [], gradNorm: Number.NaN, tokens: 0 }));
    let accumulated = new Float32Array(state.parameters.length);
    let stepEnded = false;
    let rest = placesOf(requests);
    while (rest.length > 0) {
      const run = rest.slice(0, this.#fitting(rest));
      const { outputs, tokens } = await this.#run(state, accumulated, run);
      record(outcomes, run, outputs, tokens);
      accumulated = new Float32Array(floatOutput(outputs, 'next_accumulated_gradient'));
      stepEnded ||= run.some(({ ends }) => ends);
      rest = rest.slice(run.length);
      if (rest.length > 0 && !stepEnded) await between();
    }
    return outcomes;
  }

  async close(): Promise<void> {
    this.#runLength.cool();
    await this.#session.release();
  }

  /** How many of these micro-batches go into one run: of as many pairs each, and as much work as fits into its time. */
  #fitting(places: readonly Place[]): number {
    const other = places.findIndex(({ items }) => items.length !== places[0]?.items.length);
    return this.#runLength.fitting((other === -1 ? places : places.slice(0, other)).map(cells));
  }

  async #run(
    state: TrainedState,
    accumulated: Float32Array,
    run: readonly Place[],
  ): Promise<{ readonly outputs: SessionTensors; readonly tokens: readonly number[] }> {
    const batches = run.map(({ items }) => collateItems(items, this.#layout));
    const feeds = run.flatMap(({ items, request, ends }, index) => {
      const batch = batches[index];
      return batch === undefined
        ? []
        : [
            {
              ...pairFeeds(batch, items, pairWeight(request)),
              ...optimizerFeeds(request, this.#layout.settings),
              updates: floats([1], [Number(ends)]),
            },
          ];
    });
    const size = [state.parameters.length];
    const startedAt = performance.now();
    const outputs = await this.#session.run({
      ...stackFeeds(feeds),
      micro_batches: integers([], [run.length]),
      parameters: floats(size, state.parameters),
      first_moment: floats(size, state.firstMoment),
      second_moment: floats(size, state.secondMoment),
      accumulated_gradient: floats(size, accumulated),
    });
    this.#runLength.ran(run.map(cells), (performance.now() - startedAt) / 1000);
    state.parameters = floatOutput(outputs, 'next_parameters');
    state.firstMoment = floatOutput(outputs, 'next_first_moment');
    state.secondMoment = floatOutput(outputs, 'next_second_moment');
    return { outputs, tokens: batches.map(({ tokenCount }) => tokenCount) };
  }
}

function placesOf(requests: readonly StepRequest[]): readonly Place[] {
  return requests.flatMap((request, step) =>
    request.microBatches.map((items, index): Place => ({
      items,
      request,
      step,
      ends: index === request.microBatches.length - 1,
    })),
  );
}

/** Tokens of a micro-batch, padding included: what its time goes by. */
function cells({ items }: Place): number {
  return items.length * largestOf(items.map(pairLength));
}

/** Hands what a run gave to the steps its micro-batches belong to. */
function record(
  outcomes: readonly OpenOutcome[],
  run: readonly Place[],
  outputs: SessionTensors,
  tokens: readonly number[],
): void {
  const pairs = pairOutcomes(outputs);
  const norms = floatOutput(outputs, 'grad_norm');
  let first = 0;
  for (const [index, { step, ends, items }] of run.entries()) {
    const outcome = outcomes[step];
    if (outcome === undefined) continue;
    for (const pair of pairs.slice(first, first + items.length)) outcome.pairs.push(pair);
    outcome.tokens += tokens[index] ?? 0;
    if (ends) outcome.gradNorm = norms[index] ?? Number.NaN;
    first += items.length;
  }
}
