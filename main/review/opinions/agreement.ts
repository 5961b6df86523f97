import { seededRandom } from '../../../native-models/text/seeded-random.ts';
import type { AgreementEstimate } from '../../../preload/contract/review-views.ts';

export type { AgreementEstimate } from '../../../preload/contract/review-views.ts';

/** What each rater said about one unit; raters who said nothing are missing. */
export type Ratings = ReadonlyMap<string, string>;

/** Share of the units that both raters judged on which they say the same. */
export function percentAgreement(units: readonly Ratings[], first: string, second: string): number | null {
  const both = pairsOf(units, first, second);
  return both.length === 0 ? null : both.filter(([left, right]) => left === right).length / both.length;
}

/**
 * Cohen's kappa of two raters over the units both judged: (p_o - p_e) / (1 - p_e), p_e from each rater's own shares.
 * J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).
 */
export function cohensKappa(units: readonly Ratings[], first: string, second: string): number | null {
  const both = pairsOf(units, first, second);
  const observed = percentAgreement(units, first, second);
  if (observed === null) return null;
  const [left, right] = [countValues(both.map(([value]) => value)), countValues(both.map(([, value]) => value))];
  let expected = 0;
  for (const [value, count] of left) expected += (count / both.length) * ((right.get(value) ?? 0) / both.length);
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}

/**
 * Krippendorff's alpha for nominal data, any number of raters, with missing values: 1 - D_o / D_e from the
 * coincidences. K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C and D.
 */
export function krippendorffsAlpha(units: readonly Ratings[]): number | null {
  const totals = new Map<string, number>();
  let all = 0;
  let disagreeing = 0;
  for (const ratings of units) {
    if (ratings.size < 2) continue;
    const counts = countValues([...ratings.values()]);
    let same = 0;
    for (const [value, count] of counts) {
      totals.set(value, (totals.get(value) ?? 0) + count);
      same += count * (count - 1);
    }
    all += ratings.size;
    disagreeing += (ratings.size * (ratings.size - 1) - same) / (ratings.size - 1);
  }
  let sameByChance = 0;
  for (const count of totals.values()) sameByChance += count * (count - 1);
  const byChance = all * (all - 1) - sameByChance;
  return all === 0 || byChance === 0 ? null : 1 - ((all - 1) * disagreeing) / byChance;
}

const resamples = 1000;

/**
 * A figure with its bootstrap percentile interval: 1,000 seeded resamples of the units (Efron and Tibshirani, 1993,
 * chapter 13). Resamples without a figure are left out.
 */
export function withInterval(
  units: readonly Ratings[],
  figure: (units: readonly Ratings[]) => number | null,
  seed = 1,
): AgreementEstimate {
  const value = figure(units);
  if (value === null || units.length < 2) return { value, low: null, high: null };
  const random = seededRandom(seed);
  const none: Ratings = new Map();
  const figures: number[] = [];
  for (let turn = 0; turn < resamples; turn += 1) {
    const resampled = figure(Array.from(units, () => units[random.below(units.length)] ?? none));
    if (resampled !== null) figures.push(resampled);
  }
  const sorted = Float64Array.from(figures).sort();
  const at = (share: number): number | null => sorted[Math.round(share * (sorted.length - 1))] ?? null;
  return { value, low: at(0.025), high: at(0.975) };
}

function pairsOf(units: readonly Ratings[], first: string, second: string): [string, string][] {
  const both: [string, string][] = [];
  for (const ratings of units) {
    const [left, right] = [ratings.get(first), ratings.get(second)];
    if (left !== undefined && right !== undefined) both.push([left, right]);
  }
  return both;
}

function countValues(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
