import { cohensD, Moments } from './moments.ts';

/** A difference of lengths in characters; `d`: Cohen's d with the pooled deviation, `null` with fewer than two of either. */
export interface LengthBias {
  readonly meanFirst: number;
  readonly meanSecond: number;
  readonly d: number | null;
  readonly counts: readonly [first: number, second: number];
}

/** Verdicts among the responses of one category. */
export interface CategoryBalance {
  readonly category: string;
  readonly safe: number;
  readonly unsafe: number;
}

/** What lint says about a project as a whole. */
export interface LintStatistics {
  /** Preferred responses against the others; a model can learn "longer is better" from it. */
  readonly preferredLength: LengthBias;
  /** Safe responses against unsafe ones. */
  readonly safeLength: LengthBias;
  /** By category, the one with most responses first. */
  readonly categories: readonly CategoryBalance[];
}

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
  return { meanFirst: first.mean, meanSecond: second.mean, d: cohensD(first, second), counts: [first.count, second.count] };
}
