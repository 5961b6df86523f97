import { expect, test } from 'vitest';
import { awakeSince } from './machine-sleep.ts';

test('a gap between two looks is a sleep; what follows without one is not', () => {
  const start = Date.now() + 1_000_000;
  expect(awakeSince(start), 'the first look after a long time').toBe(start);
  expect(awakeSince(start + 250)).toBe(start);
  expect(awakeSince(start + 9_000)).toBe(start);
  expect(awakeSince(start + 9_000 + 3_600_000), 'an hour later').toBe(start + 9_000 + 3_600_000);
});
