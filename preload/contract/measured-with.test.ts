import { expect, test } from 'vitest';
import { measuredWith } from './measured-with.ts';

const settings = { pairs: null, prompts: 66, maxNewTokens: 64, temperature: 0, seed: 42 };

test('says the checkpoint, the prompts and how answers were drawn', () => {
  expect(measuredWith({ step: 136, settings, promptsFrom: null })).toBe(
    'step 136, 66 held-out prompts, up to 64 tokens, seed 42',
  );
  expect(measuredWith({ step: null, settings: { ...settings, temperature: 0.7 }, promptsFrom: 'q.csv' })).toBe(
    '66 prompts from q.csv, up to 64 tokens, temperature 0.7, seed 42',
  );
});
