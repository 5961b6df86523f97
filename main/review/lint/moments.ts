/** Count, mean and variance of numbers that come one at a time (Welford 1962). */
export class Moments {
  count = 0;
  mean = 0;
  #squares = 0;

  add(value: number): void {
    this.count += 1;
    const distance = value - this.mean;
    this.mean += distance / this.count;
    this.#squares += distance * (value - this.mean);
  }

  /** Sum of squared distances from the mean. */
  get squares(): number {
    return this.#squares;
  }
}

/**
 * Cohen's d: the difference of the means over the pooled standard deviation (Cohen 1988, 2.5.1); `null` where there is
 * none.
 */
export function cohensD(first: Moments, second: Moments): number | null {
  if (first.count < 2 || second.count < 2) return null;
  const pooled = Math.sqrt((first.squares + second.squares) / (first.count + second.count - 2));
  return pooled === 0 ? null : (first.mean - second.mean) / pooled;
}
