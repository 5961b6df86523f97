import { describe, expect, it } from 'vitest';
import { type Precision, precisions } from '../../native-models/architectures/precision.ts';
import type { TrainSettings } from '../../native-models/engine/job.ts';
import { microBatchesPerRun } from '../../native-models/engine/looped-steps.ts';
import { Trainer, type StepOutcome, type TrainingItem } from '../../native-models/engine/trainer.ts';
import type { TrainedState } from '../../native-models/engine/trained-state.ts';
import { initialState, trainedParameters } from '../../native-models/engine/trained-state.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { tinyConfig, tinyLora, tinyModel, tinyParameters } from './tiny-training.ts';

const model = await tinyModel();
const settings: TrainSettings = {
  objective: 'safedpo', beta: 0.1, delta: 10, labelSmoothing: 0, epochs: 1, learningRate: 1e-2, schedule: 'constant', warmupShare: 0, weightDecay: 0.01,
  adamBeta1: 0.9, adamBeta2: 0.95, adamEpsilon: 1e-8, maxGradNorm: 1, batchSize: 2, accumulate: 2, maxLength: 24, lora: tinyLora, seed: 1, provider: 'cpu', precision: 'auto',
  template: 'plain', sharedPrefix: true, layerCheckpointing: false, threads: 1, checkpointEverySteps: 100,
};

/** Pairs of changing lengths. */
function items(count: number, seed: number): readonly TrainingItem[] {
  const random = seededRandom(seed, 9);
  const ids = (length: number): number[] => Array.from({ length }, () => random.below(tinyConfig.vocab_size));
  return Array.from({ length: count }, () => ({ promptIds: ids(4 + random.below(6)), chosenIds: ids(2 + random.below(4)), rejectedIds: ids(2 + random.below(4)), reference: { chosen: -16, rejected: -17 }, offset: 10 * random.below(2) }));
}

/** Five steps of two micro-batches, the last ones with a single pair, in runs as long as the trainer asks for. */
async function fiveSteps(options: Partial<Parameters<typeof Trainer.open>[1]>, asked: number, precision: Precision = precisions.float32): Promise<{ readonly state: TrainedState; readonly outcomes: readonly StepOutcome[]; readonly stepsPerRun: number }> {
  const trainer = await Trainer.open({ folder: model, precision, ...storedModel(model) }, { settings, trained: trainedParameters(model, tinyLora), layerCheckpointing: 0, headChunks: 2, attentionBlocks: 2, ...options });
  const state = await initialState({ folder: model, precision }, trainedParameters(model, tinyLora), settings);
  state.parameters = await tinyParameters(model);
  const requests = [1, 2, 3, 4, 5].map((stepNumber) => ({ microBatches: [items(2, stepNumber), items(stepNumber === 5 ? 1 : 2, 10 + stepNumber)], stepNumber, learningRate: 1e-2 / stepNumber }));
  const outcomes: StepOutcome[] = [];
  while (outcomes.length < requests.length) outcomes.push(...(await trainer.steps(state, requests.slice(outcomes.length, outcomes.length + asked))));
  const { stepsPerRun } = trainer;
  await trainer.close();
  return { state, outcomes, stepsPerRun };
}

describe('a trainer that keeps its state on the device', () => {
  it('makes the steps of one that does not', async () => {
    const single = await fiveSteps({}, 1);
    const looped = await fiveSteps({ deviceLoop: true }, 2);
    expect(looped.outcomes.map(({ tokens }) => tokens)).toEqual(single.outcomes.map(({ tokens }) => tokens));
    for (const [step, outcome] of looped.outcomes.entries()) {
      const wanted = single.outcomes[step];
      expect(outcome.pairs.length).toBe(step === 4 ? 3 : 4);
      expect(outcome.gradNorm).toBeCloseTo(wanted?.gradNorm ?? Number.NaN, 4);
      for (const [pair, { loss }] of outcome.pairs.entries()) expect(loss).toBeCloseTo(wanted?.pairs[pair]?.loss ?? Number.NaN, 4);
    }
    const largest = single.state.parameters.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const distance = single.state.parameters.reduce((most, value, index) => Math.max(most, Math.abs(value - (looped.state.parameters[index] ?? Number.NaN))), 0);
    expect(distance / largest).toBeLessThan(1e-4);
    expect(single.stepsPerRun).toBe(1);
    expect(looped.stepsPerRun).toBeGreaterThan(1);
  });

  it('bounds a run to what takes four seconds', () => {
    expect([0.001, 0.5, 3, 30].map(microBatchesPerRun)).toEqual([32, 8, 1, 1]);
  });
});

it('a trainer in float16 repeats an overflowing step with a smaller loss scale', async () => {
  const exact = await fiveSteps({}, 1);
  const half = await fiveSteps({}, 1, precisions.float16);
  for (const [step, { gradNorm }] of half.outcomes.entries()) expect(gradNorm / (exact.outcomes[step]?.gradNorm ?? Number.NaN)).toBeCloseTo(1, 1);
});
