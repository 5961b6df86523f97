import type { TrainedParameters } from '../../parameters/trained-parameters.ts';
import type { Value } from '../../graph/value.ts';
import { objectives } from '../../objectives/index.ts';
import type { Session } from '../../runtime/session.ts';
import { attentionBlocksFor } from '../../runtime/attention-blocks.ts';
import type { TrainingGraphSettings } from '../graphs/micro-batch.ts';
import { trainingLoop } from '../graphs/training-loop.ts';
import { trainingStep } from '../graphs/training-step.ts';
import { LoopedSteps } from './looped-steps.ts';
import { usesDeviceLoop } from './device-loop.ts';
import { openGraph } from '../model/graph-session.ts';
import type { ModelWeights } from '../model/model.ts';
import { rowTokens } from '../infer/scorer.ts';
import { SingleSteps } from './single-steps.ts';
import type { TrainedState } from '../model/trained-state.ts';
import type { StepOutcome, StepRequest, StepRunner, TrainingItem } from './item.ts';
import type { TrainSettings } from '../../vocabulary/settings.ts';
import type { KeptLayers } from '../../vocabulary/setting-row.ts';

export type { PairOutcome, StepOutcome, StepRequest, TrainingItem } from './item.ts';

export interface TrainerSettings {
  readonly settings: TrainSettings;
  readonly trained: TrainedParameters;
  readonly keptLayers: KeptLayers;
  readonly headChunks: number;
  /** Blocks of queries in attention; by default as many as keep the scores of the longest batch small. */
  readonly attentionBlocks?: number;
  /** Several micro-batches a run with the optimiser's state on the device; by default as `usesDeviceLoop` says. */
  readonly deviceLoop?: boolean;
  /** Writes a profile of each session to `PREFIX-NAME_DATE.json` when the trainer is closed. */
  readonly profilePrefix?: string;
  /** Refuses graphs of which the runtime would give a node to the CPU: `session-create-failed`. */
  readonly forbidCpuNodes?: boolean;
}

/**
 * Runs optimiser steps. A device gets one graph that does everything, since each session would hold weights of its own
 * there.
 */
export class Trainer {
  readonly #runner: StepRunner;

  private constructor(runner: StepRunner) {
    this.#runner = runner;
  }

  /** Builds and loads the graphs. Throws `kernel-missing` where CUDA lacks a kernel that they use. */
  static async open(model: ModelWeights, options: TrainerSettings): Promise<Trainer> {
    const { settings, trained, keptLayers, headChunks } = options;
    const {
      precision,
      folder: { config },
    } = model;
    const { provider, threads } = settings;
    const longest = rowTokens(settings.maxLength);
    const attentionBlocks =
      options.attentionBlocks ?? attentionBlocksFor(provider, config.heads, settings.batchSize, longest);
    const graph: TrainingGraphSettings = {
      config,
      stored: model.stored,
      compute: precision.compute,
      state: 'float32',
      maxPositions: longest + attentionBlocks,
      headChunks,
      attentionBlocks,
      keptLayers,
      trained,
      losses: (inputs) => objectives[settings.objective].losses(inputs, settings),
      optimizer: {
        beta1: settings.adamBeta1,
        beta2: settings.adamBeta2,
        epsilon: settings.adamEpsilon,
        weightDecay: settings.weightDecay,
        maxGradNorm: settings.maxGradNorm,
      },
      lossScaling: precision.lossScaling,
    };
    const open = (name: string, outputs: { readonly [output: string]: Value }): Promise<Session> =>
      openGraph(outputs, model, {
        provider,
        threads,
        forbidCpuNodes: options.forbidCpuNodes === true,
        ...(options.profilePrefix === undefined ? {} : { profilePrefix: `${options.profilePrefix}-${name}` }),
      });
    const layout = { config, settings, headChunks, attentionBlocks };
    if (options.deviceLoop ?? usesDeviceLoop(provider, precision))
      return new Trainer(new LoopedSteps(await open('loop', trainingLoop({ ...graph, accumulates: true })), layout));
    const accumulates = settings.accumulate > 1;
    const update = await open('update', trainingStep({ ...graph, accumulates, updates: true }));
    const accumulate = accumulates
      ? await open('accumulate', trainingStep({ ...graph, accumulates, updates: false }))
      : null;
    return new Trainer(new SingleSteps({ update, accumulate }, layout));
  }

  /**
   * How many of the next steps to give to `steps` at once, so that it answers within five seconds; grows once steps
   * were timed.
   */
  stepsAtOnce(requests: readonly StepRequest[]): number {
    return this.#runner.stepsAtOnce(requests);
  }

  /**
   * Optimiser steps in order; writes the new parameters and moments into `state`. For `between` see {@link StepRunner}.
   */
  steps(
    state: TrainedState,
    requests: readonly StepRequest[],
    between: () => Promise<void> = async () => {},
  ): Promise<readonly StepOutcome[]> {
    return this.#runner.steps(state, requests, between);
  }

  /** One optimiser step (`stepNumber` from 1) over the micro-batches. */
  async step(
    state: TrainedState,
    microBatches: readonly (readonly TrainingItem[])[],
    stepNumber: number,
    learningRate: number,
  ): Promise<StepOutcome> {
    const [outcome] = await this.steps(state, [{ microBatches, stepNumber, learningRate }]);
    if (outcome === undefined) throw new RangeError('a step has an outcome');
    return outcome;
  }

  /** Gives the sessions' memory back; a further step loads them again. */
  async close(): Promise<void> {
    await this.#runner.close();
  }
}
