import { describe, expect, it } from 'vitest';
import { cohensKappa, krippendorffsAlpha, percentAgreement, type Ratings, withInterval } from './agreement.ts';

/** One row of values a rater, `.` where the rater said nothing. */
function matrix(rows: { readonly [rater: string]: string }): Ratings[] {
  const columns = Object.entries(rows).map(([rater, values]) => ({ rater, values: values.split(' ') }));
  return (columns[0]?.values ?? []).map(
    (_, unit) =>
      new Map(columns.flatMap(({ rater, values }) => (values[unit] === '.' ? [] : [[rater, values[unit] ?? '']]))),
  );
}

/** A table of counts: rows are what the first rater said, columns what the second said. */
function table(counts: readonly (readonly number[])[]): Ratings[] {
  return counts.flatMap((row, first) =>
    row.flatMap((count, second) =>
      Array.from(
        { length: count },
        () =>
          new Map([
            ['first', String(first)],
            ['second', String(second)],
          ]),
      ),
    ),
  );
}

/**
 * The reference values were computed by krippendorff 0.9.0 (`alpha`, nominal), scikit-learn 1.9.1 (`cohen_kappa_score`)
 * and statsmodels 0.15.0 (`cohens_kappa`, with its 95 % limits). Where a data set is published, the note says where it
 * was read.
 */
describe('krippendorffsAlpha', () => {
  it.each([
    // Docstring of krippendorff 0.9.0, after the computational example of Wikipedia's page: 0.691358.
    [
      'three coders, missing data',
      0.691358024691358,
      { A: '. . . . . 3 4 1 2 1 1 3 3 . 3', B: '1 . 2 1 3 3 4 3 . . . . . . .', C: '. . 2 1 3 4 4 . 2 1 1 3 3 . 4' },
    ],
    // Docstring of krippendorff 0.9.0, after Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section
    // C: 0.743.
    [
      'four observers, missing data',
      0.743421052631579,
      {
        A: '1 2 3 3 2 1 4 1 2 . . .',
        B: '1 2 3 3 2 2 4 1 2 5 . 3',
        C: '. 3 3 3 2 3 4 2 2 5 1 .',
        D: '1 2 3 3 2 4 4 1 2 5 1 .',
      },
    ],
    ['two observers, two values', 0.09523809523809534, { A: '0 1 0 0 0 0 0 0 1 0', B: '1 1 1 0 0 1 0 0 0 0' }],
    ['two observers, five values', 0.6919642857142858, { A: 'a a b b d c c c e d d a', B: 'b a b b b c c c e d d d' }],
  ])('%s: %f', (_name, alpha, rows) => {
    expect(krippendorffsAlpha(matrix(rows))).toBeCloseTo(alpha, 12);
  });

  it('is 1 for full agreement and says nothing where nothing varies or overlaps', () => {
    expect(krippendorffsAlpha(matrix({ A: '1 2', B: '1 2' }))).toBe(1);
    expect(krippendorffsAlpha(matrix({ A: '1 1', B: '1 1' }))).toBeNull();
    expect(krippendorffsAlpha(matrix({ A: '1 .', B: '. 1' }))).toBeNull();
  });
});

const kappas: readonly (readonly [
  name: string,
  kappa: number,
  low: number,
  high: number,
  counts: readonly (readonly number[])[],
])[] = [
  // Artstein and Poesio 2008, table 1, as in scikit-learn's own tests: 0.348.
  [
    'statements and requests',
    0.34782608695652173,
    0.16161347491014036,
    0.5340386990029029,
    [
      [20, 20],
      [10, 50],
    ],
  ],
  // Artstein and Poesio 2008, table 4, as in scikit-learn's own tests: 0.8013.
  [
    'three acts',
    0.8013245033112583,
    0.6994587222916292,
    0.9031902843308873,
    [
      [46, 0, 0],
      [6, 32, 6],
      [0, 0, 10],
    ],
  ],
  [
    'three values, unequal shares',
    0.4915254237288136,
    0.3915637020535469,
    0.59148714540408,
    [
      [88, 14, 18],
      [10, 40, 10],
      [2, 6, 12],
    ],
  ],
  [
    'the same agreement, other shares',
    0.2592592592592593,
    0.10802896398337367,
    0.4104895545351448,
    [
      [25, 35],
      [5, 35],
    ],
  ],
];

describe('cohensKappa', () => {
  it.each(kappas)('%s: %f', (_name, kappa, _low, _high, counts) => {
    expect(cohensKappa(table(counts), 'first', 'second')).toBeCloseTo(kappa, 12);
  });

  it.each(kappas)(
    '%s: the bootstrap interval is near the large-sample one of statsmodels',
    (_name, _kappa, low, high, counts) => {
      const interval = withInterval(table(counts), (some) => cohensKappa(some, 'first', 'second'));
      expect(Math.abs((interval.low ?? 0) - low)).toBeLessThan(0.03);
      expect(Math.abs((interval.high ?? 0) - high)).toBeLessThan(0.03);
    },
  );

  it('leaves out what only one rater judged', () => {
    const units = [
      ...table([
        [20, 5],
        [10, 15],
      ]),
      new Map([['first', '1']]),
      new Map([['second', '0']]),
    ];
    expect(cohensKappa(units, 'first', 'second')).toBeCloseTo(0.4, 10);
    expect(percentAgreement(units, 'first', 'second')).toBeCloseTo(0.7, 10);
    expect(cohensKappa(units, 'first', 'nobody')).toBeNull();
  });
});

it('draws the same interval from the same data', () => {
  const kappa = (some: readonly Ratings[]): number | null => cohensKappa(some, 'first', 'second');
  const units = table([
    [20, 20],
    [10, 50],
  ]);
  expect(withInterval(units, kappa)).toEqual(withInterval(units, kappa));
});
