import { describe, expect, it } from 'vitest';
import { precisions } from '../../native-models/decoder/precision.ts';
import { Trainer, type StepOutcome, type TrainingItem } from '../../native-models/engine/train/trainer.ts';
import type { TrainedState } from '../../native-models/engine/model/trained-state.ts';
import { initialState, trainedParameters } from '../../native-models/engine/model/trained-state.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { tinyConfig, tinyLora, tinyModel, tinyParameters } from './tiny-training.ts';
import { largestOf } from '../../native-models/extremes.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import type { Precision } from '../../native-models/protocol/precision.ts';
import { objectiveSettings } from '../objective-settings.ts';

const model = await tinyModel();
const settings: TrainSettings = {
  ...objectiveSettings,
  objective: 'safedpo',
  beta: 0.1,
  delta: 10,
  epochs: 1,
  learningRate: 1e-2,
  schedule: 'constant',
  warmupShare: 0,
  weightDecay: 0.01,
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  maxGradNorm: 1,
  batchSize: 2,
  accumulate: 2,
  maxLength: 24,
  lora: tinyLora,
  seed: 1,
  provider: 'cpu',
  precision: 'auto',
  template: 'plain',
  sharedPrefix: true,
  keptLayers: 'all',
  threads: 1,
  checkpointEverySteps: 100,
};

/** Pairs of changing lengths. */
function items(count: number, seed: number): readonly TrainingItem[] {
  const random = seededRandom(seed, 9);
  const ids = (length: number): number[] => Array.from({ length }, () => random.below(tinyConfig.vocab_size));
  return Array.from({ length: count }, () => ({
    promptIds: ids(4 + random.below(6)),
    chosenIds: ids(2 + random.below(4)),
    rejectedIds: ids(2 + random.below(4)),
    reference: { chosen: -16, rejected: -17 },
    offset: 10 * random.below(2),
  }));
}

/**
 * Five steps of two micro-batches, the last one with a single pair, at most `asked` at once; `runs` are the numbers of
 * steps given back at once.
 */
async function fiveSteps(
  options: Partial<Parameters<typeof Trainer.open>[1]>,
  asked: number,
  precision: Precision = precisions.float32,
): Promise<{
  readonly state: TrainedState;
  readonly outcomes: readonly StepOutcome[];
  readonly runs: readonly number[];
}> {
  const trainer = await Trainer.open(
    { folder: model, precision, ...storedModel(model) },
    {
      settings,
      trained: trainedParameters(model, tinyLora),
      keptLayers: 'all',
      headChunks: 2,
      attentionBlocks: 2,
      ...options,
    },
  );
  const state = await initialState({ folder: model, precision }, trainedParameters(model, tinyLora), settings);
  state.parameters = await tinyParameters(model);
  const requests = [1, 2, 3, 4, 5].map((stepNumber) => ({
    microBatches: [items(2, stepNumber), items(stepNumber === 5 ? 1 : 2, 10 + stepNumber)],
    stepNumber,
    learningRate: 1e-2 / stepNumber,
  }));
  const outcomes: StepOutcome[] = [];
  const runs: number[] = [];
  while (outcomes.length < requests.length) {
    const ahead = requests.slice(outcomes.length, outcomes.length + asked);
    runs.push(trainer.stepsAtOnce(ahead));
    for (const outcome of await trainer.steps(state, ahead.slice(0, runs.at(-1)))) outcomes.push(outcome);
  }
  await trainer.close();
  return { state, outcomes, runs };
}

describe('a trainer that keeps its state on the device', () => {
  it.each([1, 2, 5])('makes the steps of one that does not, to the byte, asked for %s at once', async (asked) => {
    const single = await fiveSteps({}, 1);
    const looped = await fiveSteps({ deviceLoop: true }, asked);
    expect(looped.outcomes).toEqual(single.outcomes);
    expect(looped.outcomes.map(({ pairs }) => pairs.length)).toEqual([4, 4, 4, 4, 3]);
    for (const vector of ['parameters', 'firstMoment', 'secondMoment'] as const)
      expect(Buffer.from(looped.state[vector].buffer)).toEqual(Buffer.from(single.state[vector].buffer));
    expect(single.runs).toEqual([1, 1, 1, 1, 1]);
    expect(largestOf(looped.runs) > 1).toBe(asked > 1);
  });

  it.each([true, false])(
    'can be broken off in the middle of a step, which then has not been (device loop: %s)',
    async (deviceLoop) => {
      const trainer = await Trainer.open(
        { folder: model, precision: precisions.float32, ...storedModel(model) },
        {
          settings,
          trained: trainedParameters(model, tinyLora),
          keptLayers: 'all',
          headChunks: 2,
          attentionBlocks: 2,
          deviceLoop,
        },
      );
      const state = await initialState(
        { folder: model, precision: precisions.float32 },
        trainedParameters(model, tinyLora),
        settings,
      );
      const before = structuredClone(state);
      const stop = new Error('stop');
      const step = { microBatches: [items(2, 1), items(2, 2)], stepNumber: 1, learningRate: 1e-2 };
      await expect(trainer.steps(state, [step], () => Promise.reject(stop))).rejects.toBe(stop);
      expect(state).toEqual(before);
      await trainer.steps(state, [step]);
      expect(state).not.toEqual(before);
      await trainer.close();
    },
  );
});

it('a trainer in float16 repeats an overflowing step with a smaller loss scale', async () => {
  const exact = await fiveSteps({}, 1);
  const half = await fiveSteps({}, 1, precisions.float16);
  for (const [step, { gradNorm }] of half.outcomes.entries())
    expect(gradNorm / (exact.outcomes[step]?.gradNorm ?? Number.NaN)).toBeCloseTo(1, 1);
});
