import type { ProjectCategory } from '../../../preload/contract/operations/categories.ts';
import { beaverTailsNames } from '../../labels/beavertails-categories.ts';
import { readCategorySet } from '../../labels/category-set.ts';
import type { Library } from '../../library/library.ts';
import { filterPairs } from './filter-pairs.ts';

/**
 * A project's set in its order, then the names that only the data use, the most frequent first, each with its pairs.
 */
export function projectCategories(library: Library, projectId: number): ProjectCategory[] {
  const pairs = new Map(Object.entries(filterPairs(library, projectId, {}).facets.category));
  const set = readCategorySet(library, projectId);
  const names = new Set(set.map(({ name }) => name));
  const others = [...pairs].filter(([name]) => !names.has(name)).sort(([, left], [, right]) => right - left);
  return [
    ...set.map((category) => ({ ...category, inSet: true, pairs: pairs.get(category.name) ?? 0, standsFor: null })),
    ...others.map(([name, count]) => ({
      name,
      retired: false,
      inSet: false,
      pairs: count,
      standsFor: beaverTailsNames.get(name) ?? null,
    })),
  ];
}
