import { describe, expect, it } from 'vitest';
import { RunLength } from './run-length.ts';

/** After one run that warms up and one of `sizes` that took `seconds`. */
function timed(sizes: readonly number[], seconds: number): RunLength {
  const length = new RunLength();
  length.ran([1], 60);
  length.ran(sizes, seconds);
  return length;
}

describe('the length of a run', () => {
  it('is one part until a run was timed; the first, which also warms up, does not count', () => {
    const length = new RunLength();
    expect(length.fitting([1, 1, 1])).toBe(1);
    length.ran([1], 100);
    expect(length.fitting([1, 1, 1])).toBe(1);
  });

  it.each([
    {
      what: 'quick parts: as many as a run may hold',
      sizes: [100],
      seconds: 0.001,
      next: Array.from({ length: 50 }, () => 100),
      fits: 32,
    },
    {
      what: 'half a second each: eight',
      sizes: [100],
      seconds: 0.5,
      next: Array.from({ length: 50 }, () => 100),
      fits: 8,
    },
    { what: 'longer ones ahead: fewer', sizes: [100], seconds: 0.5, next: [100, 400, 400, 100], fits: 2 },
    { what: 'longer than a run may be: one at a time', sizes: [100], seconds: 30, next: [100, 100], fits: 1 },
    { what: 'all that is left', sizes: [100], seconds: 0.5, next: [100, 100], fits: 2 },
  ])('$what', ({ sizes, seconds, next, fits }) => {
    expect(timed(sizes, seconds).fitting(next)).toBe(fits);
  });

  it('does not count a run that loads the graph again', () => {
    const length = timed([100], 0.5);
    length.cool();
    length.ran([100], 60);
    expect(length.fitting(Array.from({ length: 50 }, () => 100))).toBe(8);
  });

  it('takes a slow run to heart at once and a quick one slowly', () => {
    const length = timed([100], 0.5);
    length.ran([100], 2);
    expect(length.fitting([100, 100, 100, 100])).toBe(2);
    length.ran([100], 0.1);
    expect(length.fitting([100, 100, 100, 100])).toBe(2);
  });
});
