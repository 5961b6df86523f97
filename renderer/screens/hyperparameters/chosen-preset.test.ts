import { expect, test } from 'vitest';
import { sameValue, settingsOrigin } from './chosen-preset.ts';
import { fixedDefaults, type TrainSettings } from '../../../native-models/vocabulary/settings.ts';
import { trainSettingsSchema } from '../../../native-models/vocabulary/settings-schema.ts';

test('settings are a preset whatever the order of their parts', () => {
  const preset = { lora: { rank: 16, alpha: 32, targets: ['q_proj'] }, epochs: 1 };
  expect(sameValue(preset, { epochs: 1, lora: { targets: ['q_proj'], alpha: 32, rank: 16 } })).toBe(true);
  expect(sameValue(preset, { epochs: 1, lora: null })).toBe(false);
  expect(sameValue(preset, { epochs: 1, lora: { rank: 16, alpha: 32, targets: [] } })).toBe(false);
  expect(sameValue({ a: undefined }, { b: undefined })).toBe(false);
});

test('an untouched project holds the defaults, another one names what was changed', () => {
  const defaults = trainSettingsSchema.parse({ ...fixedDefaults, learningRate: 1e-5, maxLength: 512, threads: 2 });
  const origin = (change: Partial<TrainSettings>): string => settingsOrigin(defaults, { ...defaults, ...change });
  expect(origin({})).toBe('The defaults for this model.');
  expect(origin({ lora: { alpha: 32, rank: 16, targets: [] } })).toBe('The defaults for this model.');
  expect(origin({ epochs: 1, beta: 0.2 })).toBe('Custom: the defaults except Beta and Epochs.');
});
