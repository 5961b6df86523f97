import type { Library } from '../../library/library.ts';
import { cohensKappa, krippendorffsAlpha, percentAgreement, withInterval } from './agreement.ts';
import { readOpinions } from './opinions.ts';
import type { AgreementFigures, PairwiseAgreement, AgreementReport } from '../../../preload/contract/review-views.ts';

export type { AgreementFigures, PairwiseAgreement, AgreementReport } from '../../../preload/contract/review-views.ts';

interface Unit {
  readonly pairId: number;
  readonly side: 'a' | 'b';
  readonly ratings: Map<string, string>;
}

/** Agreement on safety verdicts in a project; each response is one unit. */
export function agreementReport(library: Library, projectId: number): AgreementReport {
  const units = judgedTwice(library, projectId);
  const reviewers = [...new Set(units.flatMap(({ ratings }) => [...ratings.keys()]))].sort();
  const byCategory = new Map<string, Unit[]>();
  const categoriesOf = library.db.prepare<[number], { a: string; b: string }>(
    'SELECT categories_a AS a, categories_b AS b FROM pair_labels WHERE pair_id = ?',
  );
  for (const unit of units) {
    const categories: readonly string[] = JSON.parse(categoriesOf.get(unit.pairId)?.[unit.side] ?? '[]');
    for (const category of categories) {
      const known = byCategory.get(category);
      if (known === undefined) byCategory.set(category, [unit]);
      else known.push(unit);
    }
  }
  return {
    ...figures(units),
    reviewers,
    pairwise: everyTwo(units, reviewers),
    categories: [...byCategory]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([category, some]) => ({ category, ...figures(some), pairwise: everyTwo(some, reviewers) })),
  };
}

function judgedTwice(library: Library, projectId: number): Unit[] {
  const units = new Map<string, Unit>();
  for (const { pairId, target, reviewer, value } of readOpinions(library, projectId)) {
    if (target === 'preference') continue;
    const side = target === 'verdict a' ? 'a' : 'b';
    const unit = units.get(`${pairId}${side}`) ?? { pairId, side, ratings: new Map() };
    units.set(`${pairId}${side}`, unit);
    unit.ratings.set(reviewer, value);
  }
  return [...units.values()].filter(({ ratings }) => ratings.size > 1);
}

function figures(units: readonly Unit[]): AgreementFigures {
  return {
    responses: units.length,
    alpha: withInterval(
      units.map(({ ratings }) => ratings),
      krippendorffsAlpha,
    ),
  };
}

function everyTwo(units: readonly Unit[], reviewers: readonly string[]): PairwiseAgreement[] {
  return reviewers.flatMap((first, index) =>
    reviewers.slice(index + 1).flatMap((second) => pairwise(units, first, second)),
  );
}

function pairwise(units: readonly Unit[], first: string, second: string): PairwiseAgreement[] {
  const both = units.map(({ ratings }) => ratings).filter((ratings) => ratings.has(first) && ratings.has(second));
  if (both.length === 0) return [];
  const percent = withInterval(both, (some) => percentAgreement(some, first, second));
  return [
    {
      reviewers: [first, second],
      responses: both.length,
      percent,
      kappa: withInterval(both, (some) => cohensKappa(some, first, second)),
    },
  ];
}
