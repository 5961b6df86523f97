import { expect, it } from 'vitest';
import { upgradeSettings } from './older-settings.ts';
import { storedSettingsSchema } from './job.ts';

const today = {
  objective: 'safedpo',
  beta: 0.1,
  delta: 10,
  labelSmoothing: 0,
  epochs: 1,
  learningRate: 1e-4,
  schedule: 'cosine',
  warmupShare: 0,
  weightDecay: 0,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  maxGradNorm: 1,
  batchSize: 2,
  accumulate: 1,
  maxLength: 64,
  lora: null,
  seed: 1,
  provider: 'cpu',
  precision: 'auto',
  template: 'plain',
  sharedPrefix: true,
  threads: 2,
  checkpointEverySteps: 50,
};

it.each([
  [0, 'all'],
  [1, 1],
  [7, 7],
])('a run that was planned with layerCheckpointing %s keeps %s layers', (layerCheckpointing, keptLayers) => {
  expect(storedSettingsSchema.parse({ ...today, layerCheckpointing })).toEqual({ ...today, keptLayers });
});

it.each([
  [false, 'all'],
  [true, 1],
  ['auto', 'auto'],
])('settings saved with layerCheckpointing %s ask for %s layers', (layerCheckpointing, keptLayers) => {
  expect(upgradeSettings({ layerCheckpointing })).toMatchObject({ keptLayers });
  expect(upgradeSettings({ layerCheckpointing })).not.toHaveProperty('layerCheckpointing');
});

it('settings of today are read as they are', () => {
  expect(storedSettingsSchema.parse({ ...today, keptLayers: 3 })).toEqual({ ...today, keptLayers: 3 });
});

it('a run older than a setting of some objectives gets its default', () => {
  const { labelSmoothing: _, ...older } = { ...today, keptLayers: 3 };
  expect(storedSettingsSchema.parse(older)).toEqual({ ...older, labelSmoothing: 0.1 });
});
