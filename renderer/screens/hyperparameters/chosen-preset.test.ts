import { expect, test } from 'vitest';
import { sameValue, settingsOrigin } from './chosen-preset.ts';
import type { FieldDescription } from '../../../preload/contract/operations/hyperparameters.ts';

test('settings are a preset whatever the order of their parts', () => {
  const preset = { lora: { rank: 16, alpha: 32, targets: ['q_proj'] }, epochs: 1 };
  expect(sameValue(preset, { epochs: 1, lora: { targets: ['q_proj'], alpha: 32, rank: 16 } })).toBe(true);
  expect(sameValue(preset, { epochs: 1, lora: null })).toBe(false);
  expect(sameValue(preset, { epochs: 1, lora: { rank: 16, alpha: 32, targets: [] } })).toBe(false);
  expect(sameValue({ a: undefined }, { b: undefined })).toBe(false);
});

test('an untouched project holds the defaults, another one names what was changed', () => {
  const field = (name: FieldDescription['name'], usual: FieldDescription['default']): FieldDescription => ({
    name,
    title: name,
    unit: null,
    meaning: '',
    default: usual,
    source: '',
    wrongValue: '',
  });
  const fields = [field('epochs', 3), field('lora', { rank: 16, alpha: 32, targets: [] }), field('beta', 0.1)];
  const settings = { epochs: 3, lora: { alpha: 32, rank: 16, targets: [] }, beta: 0.1 };
  // The page gives all settings; those of the fields decide.
  const origin = (change: object): string =>
    settingsOrigin(fields, Object.assign(Object.create(null), settings, change));
  expect(origin({})).toBe('The defaults for this model.');
  expect(origin({ epochs: 1, beta: 0.2 })).toBe('Your own values: the defaults with another Epochs and Beta.');
});
