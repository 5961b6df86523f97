import { expect, test } from 'vitest';
import { haltText } from './halt-text.ts';

test('a run that was stopped says at which step and epoch, a finished one does not', () => {
  const at = { step: 136, steps: 600, epoch: 4.533 };
  expect(haltText({ ...at, state: 'stopped' })).toBe('stopped at step 136 of 600, epoch 4.5');
  expect(haltText({ ...at, state: 'failed' })).toBe('failed at step 136 of 600, epoch 4.5');
  expect([haltText({ ...at, state: 'done' }), haltText({ ...at, state: 'running' })]).toEqual([null, null]);
});
