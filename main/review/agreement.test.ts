import { describe, expect, it } from 'vitest';
import { cohensKappa, krippendorffsAlpha, percentAgreement, type Ratings, withInterval } from './agreement.ts';

/** One row of values a rater, `.` where the rater said nothing. */
function matrix(rows: { readonly [rater: string]: string }): Ratings[] {
  const columns = Object.entries(rows).map(([rater, values]) => ({ rater, values: values.split(' ') }));
  return (columns[0]?.values ?? []).map((_, unit) => new Map(columns.flatMap(({ rater, values }) => (values[unit] === '.' ? [] : [[rater, values[unit] ?? '']]))));
}

/** A table of counts: rows are what the first rater said, columns what the second said. */
function table(counts: readonly (readonly number[])[]): Ratings[] {
  return counts.flatMap((row, first) => row.flatMap((count, second) => Array.from({ length: count }, () => new Map([['first', String(first)], ['second', String(second)]]))));
}

describe('krippendorffsAlpha', () => {
  it.each([
    // Krippendorff 2011, section A: binary data, two observers, no missing data.
    ['Meg and Owen', 0.095, { Meg: '0 1 0 0 0 0 0 0 1 0', Owen: '1 1 1 0 0 1 0 0 0 0' }],
    // Krippendorff 2011, section B: nominal data, two observers, no missing data.
    ['Ben and Gerry', 0.692, { Ben: 'a a b b d c c c e d d a', Gerry: 'b a b b b c c c e d d d' }],
    // Krippendorff 2011, section C: nominal data, four observers, missing data.
    ['four observers', 0.743, { A: '1 2 3 3 2 1 4 1 2 . . .', B: '1 2 3 3 2 2 4 1 2 5 . 3', C: '. 3 3 3 2 3 4 2 2 5 1 .', D: '1 2 3 3 2 4 4 1 2 5 1 .' }],
  ])('%s: %f', (_name, alpha, rows) => {
    expect(krippendorffsAlpha(matrix(rows))).toBeCloseTo(alpha, 3);
  });

  it('is 1 for full agreement and says nothing where nothing varies or overlaps', () => {
    expect(krippendorffsAlpha(matrix({ A: '1 2', B: '1 2' }))).toBe(1);
    expect(krippendorffsAlpha(matrix({ A: '1 1', B: '1 1' }))).toBeNull();
    expect(krippendorffsAlpha(matrix({ A: '1 .', B: '. 1' }))).toBeNull();
  });
});

describe('cohensKappa', () => {
  it.each([
    // Cohen 1960, the 200 diagnoses of two clinicians: p_o .70, p_e .41, kappa .492.
    ['three diagnoses', 0.492, [[88, 14, 18], [10, 40, 10], [2, 6, 12]]],
    // Wikipedia, "Cohen's kappa", simple example of grant proposals: p_o .70, p_e .50.
    ['grant proposals', 0.4, [[20, 5], [10, 15]]],
    // Wikipedia, same page, "same percentage but different numbers".
    ['same percentage, first', 0.1304, [[45, 15], [25, 15]]],
    ['same percentage, second', 0.2593, [[25, 35], [5, 35]]],
  ])('%s: %f', (_name, kappa, counts) => {
    expect(cohensKappa(table(counts), 'first', 'second')).toBeCloseTo(kappa, 3);
  });

  it('leaves out what only one rater judged', () => {
    const units = [...table([[20, 5], [10, 15]]), new Map([['first', '1']]), new Map([['second', '0']])];
    expect(cohensKappa(units, 'first', 'second')).toBeCloseTo(0.4, 10);
    expect(percentAgreement(units, 'first', 'second')).toBeCloseTo(0.7, 10);
    expect(cohensKappa(units, 'first', 'nobody')).toBeNull();
  });
});

it('has an interval near the one of the large-sample formula of Cohen 1960', () => {
  const units = table([[88, 14, 18], [10, 40, 10], [2, 6, 12]]);
  const { value, low, high } = withInterval(units, (some) => cohensKappa(some, 'first', 'second'));
  const standardError = Math.sqrt((0.7 * 0.3) / 200) / 0.59;
  expect(low).toBeCloseTo((value ?? 0) - 1.96 * standardError, 1);
  expect(high).toBeCloseTo((value ?? 0) + 1.96 * standardError, 1);
  expect(withInterval(units, (some) => cohensKappa(some, 'first', 'second'))).toEqual({ value, low, high });
});
