import type { ReviewFilter } from '../../../../preload/contract/review-filter.ts';

/** The orders of the list, in the words of the interface. */
export const sortOptions: readonly {
  readonly name: string;
  readonly title: string;
  readonly sort: ReviewFilter['sort'];
}[] = [
  { name: 'id', title: 'as imported', sort: undefined },
  { name: 'changed-', title: 'most recently changed first', sort: { by: 'changed', descending: true } },
  { name: 'length-', title: 'longest first', sort: { by: 'length', descending: true } },
  { name: 'length', title: 'shortest first', sort: { by: 'length', descending: false } },
  { name: 'informative-', title: 'most informative first', sort: { by: 'informative', descending: true } },
];

/** The name of the order a filter asks for. */
export function sortOf({ sort }: ReviewFilter): string {
  return sort === undefined ? 'id' : `${sort.by}${sort.descending ? '-' : ''}`;
}

/** The filter in another order. */
export function withSort({ sort: _before, ...rest }: ReviewFilter, name: string): ReviewFilter {
  const sort = sortOptions.find((option) => option.name === name)?.sort;
  return sort === undefined ? rest : { ...rest, sort };
}
