import { expect, test } from 'vitest';
import type { ReviewFilter } from '../../../../preload/contract/review-filter.ts';
import { filterChips, toggleFacet } from './filter-chips.ts';

test('taking every chip away one after the other leaves a filter without terms, in its order', () => {
  let filter: ReviewFilter = {
    class: ['waiting', 'swapped'],
    category: ['Violence'],
    not: { flagged: ['yes'] },
    length: { from: 100 },
    text: [{ match: 'prefix', words: 'bomb', not: true }],
    sort: { by: 'length', descending: true },
  };
  expect(filterChips(filter).map(({ text }) => text)).toEqual([
    'Outcome: Waiting',
    'Outcome: Swapped',
    'Category: Violence',
    'not Flagged: yes',
    'not “bomb*”',
    '100 to any number of characters',
  ]);
  for (let chip = filterChips(filter)[0]; chip !== undefined; chip = filterChips(filter)[0]) filter = chip.without;
  expect(filter).toEqual({ not: {}, sort: { by: 'length', descending: true } });
});

test('a value is added to those of its kind and taken away again', () => {
  const added = toggleFacet({ class: ['waiting'], flagged: ['yes'] }, 'class', 'dropped');
  expect(added).toEqual({ class: ['waiting', 'dropped'], flagged: ['yes'] });
  expect(toggleFacet(added, 'flagged', 'yes')).toEqual({ class: ['waiting', 'dropped'] });
});
