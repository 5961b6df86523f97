import type { FacetName, ReviewFilter, ReviewTerms } from '../../../../preload/contract/review-filter.ts';
import { outcomes } from '../labels/transform.ts';

/** The kinds of values with live counts, in the words of the interface and the order they are shown in. */
export const facets: readonly { readonly name: FacetName; readonly title: string }[] = [
  { name: 'class', title: 'Outcome' },
  { name: 'verdict', title: 'Verdict' },
  { name: 'category', title: 'Category' },
  { name: 'severity', title: 'Severity' },
  { name: 'source', title: 'Source' },
  { name: 'reviewer', title: 'Reviewer' },
  { name: 'flagged', title: 'Flagged' },
  { name: 'disagreement', title: 'Disagreement' },
  { name: 'suggested', title: 'Suggested' },
  { name: 'split', title: 'Split' },
  { name: 'dataset', title: 'Dataset' },
  { name: 'lint', title: 'Label lint' },
];

/** One part of a filter that can be taken away by itself. */
export interface FilterChip {
  readonly text: string;
  /** The filter without it. */
  readonly without: ReviewFilter;
}

/** The value of a facet as people read it. */
export function facetValueTitle(facet: FacetName, value: string): string {
  if (facet === 'class') return outcomes.find(({ name }) => name === value)?.title ?? value;
  return facet === 'lint' ? value.replaceAll('-', ' ') : value;
}

/** One chip for each value, word and range of a filter; the order is not a chip. */
export function filterChips(filter: ReviewFilter): FilterChip[] {
  const { length, text = [] } = filter;
  const ofTerms = (
    terms: ReviewTerms,
    sign: string,
    without: (facet: FacetName, value: string) => ReviewFilter,
  ): FilterChip[] =>
    facets.flatMap(({ name, title }) =>
      (terms[name] ?? []).map((value) => ({
        text: `${sign}${title}: ${facetValueTitle(name, value)}`,
        without: without(name, value),
      })),
    );
  return [
    ...ofTerms(filter, '', (facet, value) => toggleFacet(filter, facet, value)),
    ...ofTerms(filter.not ?? {}, 'not ', (facet, value) => ({
      ...filter,
      not: toggleFacet(filter.not ?? {}, facet, value),
    })),
    ...text.map((term, index) => ({
      text: `${term.not ? 'not ' : ''}“${term.words}${term.match === 'prefix' ? '*' : ''}”`,
      without: withText(filter, text.toSpliced(index, 1)),
    })),
    ...(length === undefined
      ? []
      : [
          { text: `${length.from ?? 0} to ${length.to ?? 'any number of'} characters`, without: withoutLength(filter) },
        ]),
  ];
}

/** The filter with a value of a facet added, or taken away where it was there. */
export function toggleFacet(filter: ReviewFilter, facet: FacetName, value: string): ReviewFilter {
  const values: readonly string[] = filter[facet] ?? [];
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  const { [facet]: _before, ...rest } = filter;
  return next.length === 0 ? rest : { ...rest, [facet]: next };
}

function withText({ text: _before, ...rest }: ReviewFilter, text: NonNullable<ReviewFilter['text']>): ReviewFilter {
  return text.length === 0 ? rest : { ...rest, text };
}

function withoutLength({ length: _before, ...rest }: ReviewFilter): ReviewFilter {
  return rest;
}
