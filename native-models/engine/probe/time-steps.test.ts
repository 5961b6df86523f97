import { expect, test } from 'vitest';
import { runSeconds } from './time-steps.ts';

test('an estimate lies between its ends, also when most steps are narrower than the median', () => {
  const wide = { width: 20, seconds: [1.2, 1.4, 1.6] };
  const median = { width: 10, seconds: [1, 1, 1] };
  // 0.02, 0.04 or 0.06 seconds a token; the four steps are one token short of four medians.
  expect(runSeconds([20, 10, 4, 5], wide, median)).toEqual({
    middle: expect.closeTo(3.96, 9),
    low: expect.closeTo(3.94, 9),
    high: expect.closeTo(3.98, 9),
  });
});

test('steps of one width take what the median steps took', () => {
  expect(runSeconds([10, 10], { width: 10, seconds: [1, 2, 3] }, { width: 10, seconds: [1, 2, 4] })).toEqual({
    middle: 4,
    low: 2,
    high: 8,
  });
});
