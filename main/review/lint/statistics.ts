import { cohensD, Moments } from './moments.ts';
import type { LengthBias, LintStatistics } from '../../../preload/contract/review-views.ts';

export type { LengthBias, CategoryBalance, LintStatistics } from '../../../preload/contract/review-views.ts';

/** What is needed of one response. */
export interface CountedResponse {
  readonly length: number;
  readonly unsafe: boolean | null;
  /** Whether it is the preferred one; `null` without an order. */
  readonly preferred: boolean | null;
  readonly categories: readonly string[];
}

/** Adds responses up, one at a time. */
export class StatisticsOfLabels {
  readonly #preferred = new Moments();
  readonly #other = new Moments();
  readonly #safe = new Moments();
  readonly #unsafe = new Moments();
  readonly #categories = new Map<string, { safe: number; unsafe: number }>();

  add({ length, unsafe, preferred, categories }: CountedResponse): void {
    if (preferred !== null) (preferred ? this.#preferred : this.#other).add(length);
    if (unsafe === null) return;
    (unsafe ? this.#unsafe : this.#safe).add(length);
    for (const category of categories) {
      const counts = this.#categories.get(category) ?? { safe: 0, unsafe: 0 };
      counts[unsafe ? 'unsafe' : 'safe'] += 1;
      this.#categories.set(category, counts);
    }
  }

  result(): LintStatistics {
    const categories = [...this.#categories].map(([category, counts]) => ({ category, ...counts }));
    return {
      preferredLength: biasOf(this.#preferred, this.#other),
      safeLength: biasOf(this.#safe, this.#unsafe),
      categories: categories.sort((left, right) => right.safe + right.unsafe - left.safe - left.unsafe),
    };
  }
}

function biasOf(first: Moments, second: Moments): LengthBias {
  return {
    meanFirst: first.mean,
    meanSecond: second.mean,
    d: cohensD(first, second),
    counts: [first.count, second.count],
  };
}
