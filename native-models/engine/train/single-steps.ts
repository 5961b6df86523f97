import type { Session } from '../../runtime/session.ts';
import type { SessionTensors } from '../../runtime/tensor.ts';
import { lossScaling } from '../../optimizers/loss-scale.ts';
import { floatOutput, floats, singleOutput } from '../model/feeds.ts';
import { type PairLayout, collateItems, optimizerFeeds, pairFeeds, pairOutcomes, pairWeight } from './pair-feeds.ts';
import type { TrainedState } from '../model/trained-state.ts';
import type { PairOutcome, StepOutcome, StepRequest, StepRunner } from './item.ts';

export interface SingleStepSessions {
  /** Runs the last micro-batch of a step. */
  readonly update: Session;
  /** Runs those before it; `null` where a step is one micro-batch. */
  readonly accumulate: Session | null;
}

/** A run for each micro-batch: what a provider in the same memory as the parameters needs. */
export class SingleSteps implements StepRunner {
  readonly #sessions: SingleStepSessions;
  readonly #layout: PairLayout;

  constructor(sessions: SingleStepSessions, layout: PairLayout) {
    this.#sessions = sessions;
    this.#layout = layout;
  }

  stepsAtOnce(): number {
    return 1;
  }

  async steps(
    state: TrainedState,
    requests: readonly StepRequest[],
    between: () => Promise<void>,
  ): Promise<readonly StepOutcome[]> {
    const outcomes: StepOutcome[] = [];
    for (const request of requests) outcomes.push(await this.#step(state, request, between));
    return outcomes;
  }

  async close(): Promise<void> {
    await this.#sessions.update.release();
    await this.#sessions.accumulate?.release();
  }

  /** The step; again with a smaller loss scale while its gradient overflows and the scale can be smaller. */
  async #step(state: TrainedState, request: StepRequest, between: () => Promise<void>): Promise<StepOutcome> {
    for (;;) {
      const before = state.lossScale;
      const outcome = await this.#attempt(state, request, between);
      if (Number.isFinite(outcome.gradNorm) || before === null || before.scale <= lossScaling.smallest) return outcome;
    }
  }

  async #attempt(state: TrainedState, request: StepRequest, between: () => Promise<void>): Promise<StepOutcome> {
    const { microBatches } = request;
    const size = [state.parameters.length];
    const vector = (data: Float32Array): SessionTensors[string] => floats(size, data);
    const outcomes: PairOutcome[] = [];
    let tokens = 0;
    let gradNorm = Number.NaN;
    let accumulated: Float32Array | null =
      this.#sessions.accumulate === null ? null : new Float32Array(state.parameters.length);
    for (const [index, items] of microBatches.entries()) {
      if (index > 0) await between();
      const batch = collateItems(items, this.#layout);
      tokens += batch.tokenCount;
      const last = index === microBatches.length - 1;
      const outputs = await (last ? this.#sessions.update : (this.#sessions.accumulate ?? this.#sessions.update)).run({
        ...pairFeeds(batch, items, pairWeight(request)),
        ...(state.lossScale === null
          ? {}
          : {
              loss_scale: floats([1], [state.lossScale.scale]),
              good_updates: floats([1], [state.lossScale.goodUpdates]),
            }),
        parameters: vector(state.parameters),
        ...(accumulated === null ? {} : { accumulated_gradient: vector(accumulated) }),
        ...(last
          ? {
              first_moment: vector(state.firstMoment),
              second_moment: vector(state.secondMoment),
              ...optimizerFeeds(request, this.#layout.settings),
            }
          : {}),
      });
      for (const outcome of pairOutcomes(outputs)) outcomes.push(outcome);
      if (last) {
        gradNorm = singleOutput(outputs, 'grad_norm');
        state.parameters = floatOutput(outputs, 'next_parameters');
        state.firstMoment = floatOutput(outputs, 'next_first_moment');
        state.secondMoment = floatOutput(outputs, 'next_second_moment');
        if (state.lossScale !== null)
          state.lossScale = {
            scale: singleOutput(outputs, 'next_loss_scale'),
            goodUpdates: singleOutput(outputs, 'next_good_updates'),
          };
      } else {
        accumulated = floatOutput(outputs, 'gradient');
      }
    }
    return { pairs: outcomes, gradNorm, tokens };
  }
}
