import { availableParallelism } from 'node:os';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import type { TrainSettings } from '../../native-models/protocol/job.ts';
import { badInput } from '../../native-models/failure.ts';

/** Width of the models the paper trained (7B): learning rates are given for it. */
const paperWidth = 4096;
const paperLearningRate = 1e-6;
/** LoRA takes about ten times the rate of full training (TRL's guidance; "LoRA Without Regret", 2025). */
const loraFactor = 10;

/**
 * Adam's learning rate for a model of this width: the paper's 1e-6 at width 4096, in inverse proportion to the width
 * (maximal update parametrisation, arXiv 2203.03466), ten times that for LoRA.
 */
export function defaultLearningRate({ hiddenSize }: Pick<DecoderConfig, 'hiddenSize'>, lora: boolean): number {
  const rate = (paperLearningRate * (lora ? loraFactor : 1) * paperWidth) / hiddenSize;
  return Number(rate.toPrecision(2));
}

/** Tokens of a pair, as far as the model's context reaches. */
const usualLength = 512;

/**
 * The settings of a run where nothing else is said: the paper's (research of SafeDPO, Table 4), with a LoRA of rank 16
 * on every linear layer.
 */
export function defaultSettings(
  config: Pick<DecoderConfig, 'hiddenSize'> & Partial<Pick<DecoderConfig, 'maxPositions'>>,
): TrainSettings {
  return {
    objective: 'safedpo',
    beta: 0.1,
    delta: 10,
    labelSmoothing: 0.1,
    epochs: 3,
    learningRate: defaultLearningRate(config, true),
    schedule: 'cosine',
    warmupShare: 0.03,
    weightDecay: 0.05,
    adamBeta1: 0.9,
    adamBeta2: 0.95,
    adamEpsilon: 1e-8,
    maxGradNorm: 1,
    batchSize: 8,
    accumulate: 1,
    maxLength: Math.min(usualLength, config.maxPositions ?? usualLength),
    lora: { rank: 16, alpha: 32, targets: [] },
    seed: 42,
    provider: 'cpu',
    precision: 'auto',
    template: 'model',
    sharedPrefix: true,
    keptLayers: 'auto',
    threads: availableParallelism(),
    checkpointEverySteps: 50,
  };
}

/** Throws `max-length-beyond-context` for pairs longer than the model was made for. */
export function requireWithinContext(
  { maxLength }: Pick<TrainSettings, 'maxLength'>,
  { maxPositions }: Pick<DecoderConfig, 'maxPositions'>,
): void {
  if (maxLength <= maxPositions) return;
  throw badInput(
    'max-length-beyond-context',
    `The longest pair is set to ${maxLength} tokens, but the model's context is ${maxPositions} tokens ` +
      `(max_position_embeddings in config.json). Choose at most ${maxPositions}.`,
    { value: maxLength, maximum: maxPositions },
  );
}
