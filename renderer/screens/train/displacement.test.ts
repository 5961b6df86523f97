import { expect, test } from 'vitest';
import { findDisplacement } from './displacement.ts';

const history = (length: number, reward: (step: number) => number) =>
  Array.from({ length }, (_, index) => ({ x: index + 1, y: reward(index + 1) }));

test('chosen answers that become less likely raise the alarm, from the step where it began', () => {
  const found = findDisplacement(
    history(100, (step) => (step <= 40 ? 0 : -0.5)),
    0.1,
  );
  expect(found?.nats).toBeCloseTo(5, 9);
  expect(found?.sinceStep).toBeGreaterThan(40);
  expect(found?.sinceStep).toBeLessThan(60);
});

test('no alarm for rising rewards, noise around zero, a dip that was made good, or too short a history', () => {
  expect([
    findDisplacement(
      history(100, (step) => step / 100),
      0.1,
    ),
    findDisplacement(
      history(100, (step) => (step % 2 === 0 ? 0.09 : -0.09)),
      0.1,
    ),
    findDisplacement(
      history(100, (step) => (step < 50 ? -1 : 1)),
      0.1,
    ),
    findDisplacement(
      history(19, () => -9),
      0.1,
    ),
  ]).toEqual([null, null, null, null]);
});
