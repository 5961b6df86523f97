import { expect, test } from 'vitest';
import { settingText, settingTitle } from './setting-text.ts';

test('settings are called as on the Settings page, with their unit', () => {
  expect(['learningRate', 'maxLength', 'loraRank', 'snapshot'].map(settingTitle)).toEqual([
    'Learning rate',
    'Longest pair, tokens',
    'LoRA rank',
    'Snapshot of the pairs',
  ]);
});

test('values are words', () => {
  expect(
    [true, null, 1.2e-5, 'cosine', [], { rank: 16, alpha: 32, targets: ['q_proj', 'v_proj'] }].map(settingText),
  ).toEqual(['on', 'none', '1.2e-5', 'cosine', 'all', 'rank 16, alpha 32, targets q_proj v_proj']);
});
