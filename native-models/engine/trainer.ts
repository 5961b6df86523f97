import type { TrainedParameters } from '../adapters/trained-parameters.ts';
import type { DecoderConfig } from '../architectures/decoder-config.ts';
import { emit } from '../graph/emit.ts';
import { objectives } from '../objectives/index.ts';
import { type Session, createSession } from '../runtime/session.ts';
import type { SessionTensors } from '../runtime/tensor.ts';
import { collatePairs } from '../text/batch.ts';
import type { EncodedPair } from '../text/encode-pair.ts';
import { attentionBlocksFor } from './attention-blocks.ts';
import { floatOutput, floats, layoutFeeds } from './feeds.ts';
import { trainingStep } from './graphs/training-step.ts';
import type { TrainSettings } from './job.ts';
import type { EngineModel } from './model.ts';
import { sharesPrefix } from './prefix-sharing.ts';
import { type PairScore, rowTokens } from './scorer.ts';
import type { TrainedState } from './trained-state.ts';

/** A pair ready to train on. */
export interface TrainingItem extends Pick<EncodedPair, 'promptIds' | 'chosenIds' | 'rejectedIds'> {
  readonly reference: PairScore;
  /** delta where the rejected response is unsafe and the chosen one safe, else 0. */
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

export interface TrainerSettings {
  readonly settings: TrainSettings;
  readonly trained: TrainedParameters;
  readonly layerCheckpointing: boolean;
  readonly headChunks: number;
  /** Blocks of queries in attention; by default as many as keep the scores of the longest batch small. */
  readonly attentionBlocks?: number;
}

/** Runs optimiser steps: one session for the last micro-batch of a step, one for those before it. */
export class Trainer {
  readonly #options: TrainerSettings & { readonly attentionBlocks: number };
  readonly #config: DecoderConfig;
  readonly #update: Session;
  readonly #accumulate: Session | null;

  private constructor(options: TrainerSettings & { readonly attentionBlocks: number }, config: DecoderConfig, update: Session, accumulate: Session | null) {
    this.#options = options;
    this.#config = config;
    this.#update = update;
    this.#accumulate = accumulate;
  }

  static async open(model: Pick<EngineModel, 'folder' | 'stored' | 'externalDataFolder'>, options: TrainerSettings): Promise<Trainer> {
    const { settings, trained, layerCheckpointing, headChunks } = options;
    const { provider, threads } = settings;
    const longest = rowTokens(settings.maxLength);
    const attentionBlocks = options.attentionBlocks ?? attentionBlocksFor(model.folder.config.heads, settings.batchSize, longest);
    const open = async (updates: boolean): Promise<Session> => {
      const graph = trainingStep({
        config: model.folder.config,
        stored: model.stored,
        compute: 'float32',
        state: 'float32',
        maxPositions: longest + attentionBlocks,
        headChunks,
        attentionBlocks,
        layerCheckpointing,
        trained,
        objective: objectives[settings.objective],
        objectiveSettings: settings,
        optimizer: { beta1: settings.adamBeta1, beta2: settings.adamBeta2, epsilon: settings.adamEpsilon, weightDecay: settings.weightDecay, maxGradNorm: settings.maxGradNorm },
        lossScaling: false,
        accumulates: settings.accumulate > 1,
        updates,
      });
      return createSession(emit(graph, { target: provider }).bytes, { provider, threads, externalDataFolder: model.externalDataFolder });
    };
    return new Trainer({ ...options, attentionBlocks }, model.folder.config, await open(true), settings.accumulate > 1 ? await open(false) : null);
  }

  /** One optimiser step (`stepNumber` from 1) over the micro-batches; writes the new parameters and moments into `state`. */
  async step(state: TrainedState, microBatches: readonly (readonly TrainingItem[])[], stepNumber: number, learningRate: number): Promise<StepOutcome> {
    const { settings, trained } = this.#options;
    const size = [trained.layout.size];
    const weight = 1 / microBatches.reduce((sum, batch) => sum + batch.length, 0);
    const outcomes: PairOutcome[] = [];
    let tokens = 0;
    let gradNorm = Number.NaN;
    let accumulated: Float32Array | null = settings.accumulate > 1 ? new Float32Array(trained.layout.size) : null;
    for (const [index, items] of microBatches.entries()) {
      const batch = collatePairs(items, { sharedPrefix: settings.sharedPrefix && sharesPrefix(this.#config, items), headChunks: this.#options.headChunks, padTo: this.#options.attentionBlocks });
      tokens += batch.tokenCount;
      const last = index === microBatches.length - 1;
      const feeds: SessionTensors = {
        ...layoutFeeds(batch),
        chosen_sum: floats([batch.pairs, batch.responseCount], batch.chosenSum),
        rejected_sum: floats([batch.pairs, batch.responseCount], batch.rejectedSum),
        reference_chosen: floats([batch.pairs], items.map(({ reference }) => reference.chosen)),
        reference_rejected: floats([batch.pairs], items.map(({ reference }) => reference.rejected)),
        offset: floats([batch.pairs], items.map(({ offset }) => offset)),
        weight: floats([batch.pairs], items.map(() => weight)),
        parameters: floats(size, state.parameters),
        ...(accumulated === null ? {} : { accumulated_gradient: floats(size, accumulated) }),
        ...(last ? this.#optimizerFeeds(state, stepNumber, learningRate) : {}),
      };
      const outputs = await (last ? this.#update : (this.#accumulate ?? this.#update)).run(feeds);
      outcomes.push(...pairOutcomes(outputs));
      if (last) {
        gradNorm = floatOutput(outputs, 'grad_norm')[0] ?? Number.NaN;
        state.parameters = floatOutput(outputs, 'next_parameters');
        state.firstMoment = floatOutput(outputs, 'next_first_moment');
        state.secondMoment = floatOutput(outputs, 'next_second_moment');
      } else {
        accumulated = floatOutput(outputs, 'gradient');
      }
    }
    return { pairs: outcomes, gradNorm, tokens };
  }

  /** Gives the sessions' memory back. */
  async close(): Promise<void> {
    await this.#update.release();
    await this.#accumulate?.release();
  }

  #optimizerFeeds(state: TrainedState, stepNumber: number, learningRate: number): SessionTensors {
    const { adamBeta1, adamBeta2 } = this.#options.settings;
    const size = [this.#options.trained.layout.size];
    return {
      first_moment: floats(size, state.firstMoment),
      second_moment: floats(size, state.secondMoment),
      learning_rate: floats([1], [learningRate]),
      correction1: floats([1], [1 - adamBeta1 ** stepNumber]),
      correction2: floats([1], [1 - adamBeta2 ** stepNumber]),
    };
  }
}

function pairOutcomes(outputs: SessionTensors): readonly PairOutcome[] {
  const [chosen, rejected, losses] = ['chosen_logps', 'rejected_logps', 'losses'].map((name) => floatOutput(outputs, name));
  return Array.from(losses ?? [], (loss, pair) => ({ loss, chosenLogp: chosen?.[pair] ?? Number.NaN, rejectedLogp: rejected?.[pair] ?? Number.NaN }));
}
