import { describe, expect, it } from 'vitest';
import { wilsonInterval } from './interval.ts';

describe('wilsonInterval', () => {
  // Wilson (1927); the ends of 0 and 20 of 20 are z²/(n + z²) and its complement.
  it.each([
    [0.5, 100, 0.4038315, 0.5961685],
    [0, 20, 0, 0.1611252],
    [1, 20, 0.8388748, 1],
    [0.9, 10, 0.59585, 0.9821238],
  ])('%d of %d', (value, count, low, high) => {
    const interval = wilsonInterval(value, count);
    expect(interval?.[0]).toBeCloseTo(low, 6);
    expect(interval?.[1]).toBeCloseTo(high, 6);
  });

  it('has nothing to say about nothing', () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});
