/**
 * The largest of some numbers, not below `floor`; NaN where one is NaN. Unlike `Math.max(...values)` it takes lists of
 * any length: a call holds at most about 120,000 arguments.
 */
export function largestOf(values: Iterable<number>, floor = Number.NEGATIVE_INFINITY): number {
  let largest = floor;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** The smallest of some numbers, not above `ceiling`; NaN where one is NaN. */
export function smallestOf(values: Iterable<number>, ceiling = Number.POSITIVE_INFINITY): number {
  let smallest = ceiling;
  for (const value of values) smallest = Math.min(smallest, value);
  return smallest;
}
