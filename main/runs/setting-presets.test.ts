import { expect, test } from 'vitest';
import { presetsFor } from './setting-presets.ts';
import { sampleSettings } from './sample-settings.ts';
import { defaultSettings } from './settings.ts';

const defaults = defaultSettings({ hiddenSize: 4096 });

test('the preset of the paper has the values of its table 4', () => {
  const [paper] = presetsFor(defaults, false);
  expect(paper).toMatchObject({
    id: 'paper',
    settings: { beta: 0.1, delta: 10, epochs: 3, learningRate: 1e-6, batchSize: 8, maxLength: 512, lora: null },
  });
});

test('values of the sample are never called those of the paper', () => {
  const presets = presetsFor({ ...defaults, ...sampleSettings }, true);
  expect(presets.map(({ title }) => title)).not.toContain('Paper');
  for (const { settings, source } of presets)
    if (settings.delta !== 10) expect(source).not.toMatch(/arXiv|the paper's beta/);
});
