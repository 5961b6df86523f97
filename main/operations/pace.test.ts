import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

test('time left follows the share done, and begins anew with the next piece of work', () => {
  let seconds = 0;
  const pace = createPace(() => seconds);
  const after = (at: number, fraction: number | null): number | null => {
    seconds = at;
    return pace(fraction);
  };
  expect(after(0, 0)).toBeNull();
  expect(after(0.5, 0.1), 'too early to tell').toBeNull();
  expect(after(10, 0.25)).toBe(30);
  expect(after(12, 0.1), 'another piece').toBeNull();
  expect(after(16, 0.5)).toBe(4);
  expect(after(20, null), 'a share that is not known').toBeNull();
});
