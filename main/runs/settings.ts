import { availableParallelism } from 'node:os';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import { badInput } from '../../native-models/failure.ts';
import { fixedDefaults, type TrainSettings } from '../../native-models/vocabulary/settings.ts';
import { trainSettingsSchema } from '../../native-models/vocabulary/settings-schema.ts';

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

/** The settings of a run where nothing else is said: those of the table, and what follows from model and machine. */
export function defaultSettings(
  config: Pick<DecoderConfig, 'hiddenSize'> & Partial<Pick<DecoderConfig, 'maxPositions'>>,
): TrainSettings {
  return trainSettingsSchema.parse({
    ...fixedDefaults,
    learningRate: defaultLearningRate(config, true),
    maxLength: Math.min(usualLength, config.maxPositions ?? usualLength),
    threads: availableParallelism(),
  });
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
