import { expect, test } from 'vitest';
import { stepStates, type ProjectFacts } from './step-states.ts';

const fresh: ProjectFacts = {
  hasModel: false,
  counts: { keptSafeSafe: 0, keptSafeUnsafe: 0, swapped: 0, dropped: 0, waiting: 0, total: 0 },
  newestDatasetAt: null,
  newestRun: null,
  hasTrainedRun: false,
  evaluated: false,
  exported: false,
};
const withData: ProjectFacts = {
  ...fresh,
  hasModel: true,
  counts: { keptSafeSafe: 100, keptSafeUnsafe: 50, swapped: 20, dropped: 30, waiting: 12, total: 212 },
  newestDatasetAt: '2026-11-01T10:00:00Z',
};
const kinds = (facts: ProjectFacts): string =>
  Object.values(stepStates(facts))
    .map((state) => state.kind)
    .join(' ');

test('a fresh project asks for the model, then for data', () => {
  expect(kinds(fresh)).toBe('attention empty empty empty empty empty empty');
  expect(kinds({ ...fresh, hasModel: true })).toBe('done attention empty empty empty empty empty');
});

test('pairs that wait are counted, and training is possible without them', () => {
  expect(stepStates(withData).review).toEqual({
    kind: 'attention',
    count: 12,
    text: 'pairs are waiting for a verdict',
  });
  expect(kinds(withData)).toBe('done done attention ready ready empty empty');
});

test('nothing can be trained when every pair is dropped or waiting', () => {
  const counts = { keptSafeSafe: 0, keptSafeUnsafe: 0, swapped: 0, dropped: 30, waiting: 0, total: 30 };
  expect(stepStates({ ...withData, counts }).train.kind).toBe('empty');
});

test('a finished run opens evaluation and export; data added later makes it stale', () => {
  const after = {
    ...withData,
    newestRun: { state: 'done', createdAt: '2026-11-02T10:00:00Z', trained: true },
    hasTrainedRun: true,
  } as const;
  expect(kinds(after)).toBe('done done attention done done ready ready');
  expect(stepStates({ ...after, newestDatasetAt: '2026-11-03T10:00:00Z' }).train.kind).toBe('stale');
  expect(
    stepStates({ ...after, newestRun: { state: 'failed', createdAt: '2026-11-02T10:00:00Z', trained: false } }).train
      .kind,
  ).toBe('attention');
});

test('a run that was stopped before it trained anything opens nothing, and hides no earlier one', () => {
  const stopped = {
    ...withData,
    newestRun: { state: 'stopped', createdAt: '2026-11-02T10:00:00Z', trained: false },
  } as const;
  expect(kinds(stopped)).toBe('done done attention done attention empty empty');
  expect(kinds({ ...stopped, hasTrainedRun: true, evaluated: true })).toBe(
    'done done attention done attention done ready',
  );
});
