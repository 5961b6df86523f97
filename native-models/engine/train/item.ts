import type { EncodedPair } from '../../text/encode-pair.ts';
import type { PairScore } from '../infer/scorer.ts';
import type { TrainedState } from '../model/trained-state.ts';

/** A pair ready to train on. */
export interface TrainingItem extends Pick<EncodedPair, 'promptIds' | 'chosenIds' | 'rejectedIds'> {
  readonly reference: PairScore;
  /** What the objective adds to the gap that the pair has to reach. */
  readonly offset: number;
}

/** What a step saw of one pair, before its update. */
export interface PairOutcome {
  readonly chosenLogp: number;
  readonly rejectedLogp: number;
  readonly loss: number;
}

export interface StepOutcome {
  readonly pairs: readonly PairOutcome[];
  /** Before clipping. */
  readonly gradNorm: number;
  /** Tokens that went through the model, padding not counted. */
  readonly tokens: number;
}

/** One optimiser step to make. */
export interface StepRequest {
  readonly microBatches: readonly (readonly TrainingItem[])[];
  /** From 1. */
  readonly stepNumber: number;
  readonly learningRate: number;
}

/** Makes optimiser steps in order, changing `state`. */
export interface StepRunner {
  /** How many of the next steps to ask for at once, so that the answer comes within seconds; at least one. */
  stepsAtOnce(requests: readonly StepRequest[]): number;
  /**
   * `between` is called between the runs of a step that takes several, while `state` is still that before the step; it
   * may throw.
   */
  steps(
    state: TrainedState,
    requests: readonly StepRequest[],
    between: () => Promise<void>,
  ): Promise<readonly StepOutcome[]>;
  /** Gives the sessions' memory back. */
  close(): Promise<void>;
}
