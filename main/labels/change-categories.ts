import { randomUUID } from 'node:crypto';
import { badInput, type Failure } from '../../native-models/failure.ts';
import type { CategoryChange } from '../../preload/contract/operations/categories.ts';
import type { Library } from '../library/library.ts';
import { transact } from '../library/transact.ts';
import { appendCategorySet, type CategorySet, categorySetText, readCategorySet } from './category-set.ts';
import { editLabels, type EditBy, type EditResult, type LabelEdit } from './edit.ts';

/**
 * Adds a category to a project's set, retires it, brings it back, or renames categories. Renaming writes an event for
 * every response that has the old name, so its history keeps both names, and one undo takes all of it back.
 * @returns the group; `null` when nothing had to change
 * @throws Failure `category-exists`, `unknown-category`, `reviewer-missing`
 */
export function changeCategories(
  library: Library,
  projectId: number,
  by: Pick<EditBy, 'reviewer' | 'reason'>,
  change: CategoryChange,
): EditResult {
  return transact(library, () => {
    const before = readCategorySet(library, projectId);
    const [old, next] = [categorySetText(before), categorySetText(changedSet(before, change))];
    const group = randomUUID();
    if (old !== next)
      appendCategorySet(library, {
        group,
        kind: 'edit',
        target: null,
        projectId,
        at: new Date().toISOString(),
        reviewer: by.reviewer,
        old,
        new: next,
        reason: by.reason,
      });
    const edits = change.kind === 'rename' ? renameEdits(library, projectId, change.renames) : [];
    const { events, pairIds } = editLabels(
      library,
      projectId,
      { ...by, reason: reasonOf(change, by.reason), group },
      edits,
    );
    const all = events + Number(old !== next);
    return { group: all === 0 ? null : group, events: all, pairIds };
  });
}

function changedSet(set: CategorySet, change: CategoryChange): CategorySet {
  if (change.kind === 'rename') return renamedSet(set, newNames(change.renames));
  const known = set.find(({ name }) => name === change.name);
  if (change.kind === 'add') {
    if (known?.retired === false)
      throw badInput('category-exists', `The project has the category ${JSON.stringify(change.name)} already.`, {
        category: change.name,
      });
    return known === undefined ? [...set, { name: change.name, retired: false }] : withRetired(set, change.name, false);
  }
  if (known === undefined) throw unknownCategory(change.name);
  return withRetired(set, change.name, change.retired);
}

/** The set with the new names; a new name that is not in the set takes the place of the old one, or comes last. */
function renamedSet(set: CategorySet, names: ReadonlyMap<string, string>): CategorySet {
  const renamed = set.map((category) => ({ ...category, name: names.get(category.name) ?? category.name }));
  const added = [...names.values()].map((name) => ({ name, retired: false }));
  const seen = new Set<string>();
  return [...renamed, ...added].filter(({ name }) => !seen.has(name) && seen.add(name));
}

function withRetired(set: CategorySet, name: string, retired: boolean): CategorySet {
  return set.map((category) => (category.name === name ? { name, retired } : category));
}

function newNames(renames: readonly { readonly from: string; readonly to: string }[]): ReadonlyMap<string, string> {
  return new Map(renames.map(({ from, to }) => [from, to]));
}

function renameEdits(
  { db }: Library,
  projectId: number,
  renames: readonly { readonly from: string; readonly to: string }[],
): LabelEdit[] {
  const names = newNames(renames);
  const has = (side: 'a' | 'b'): string =>
    `EXISTS (SELECT 1 FROM json_each(categories_${side}) WHERE value IN (SELECT value FROM json_each(:names)))`;
  const rows = db
    .prepare<{ project: number; names: string }, { pairId: number; a: string; b: string }>(
      'SELECT pair_id AS pairId, categories_a AS a, categories_b AS b FROM active_labels WHERE project_id = ' +
        `:project AND (${has('a')} OR ${has('b')}) ORDER BY pair_id`,
    )
    .all({ project: projectId, names: JSON.stringify([...names.keys()]) });
  return rows.flatMap(({ pairId, ...sides }) =>
    (['a', 'b'] as const).flatMap((side): LabelEdit[] => {
      const categories: readonly string[] = JSON.parse(sides[side]);
      return categories.some((name) => names.has(name))
        ? [{ pairId, field: 'categories', side, value: categories.map((name) => names.get(name) ?? name) }]
        : [];
    }),
  );
}

function reasonOf(change: CategoryChange, reason: string): string {
  if (change.kind !== 'rename') return reason;
  return [...change.renames.map(({ from, to }) => `${from} is called ${to}`), ...(reason === '' ? [] : [reason])].join(
    '; ',
  );
}

function unknownCategory(name: string): Failure {
  return badInput('unknown-category', `The project's set has no category ${JSON.stringify(name)}. Add it first.`, {
    category: name,
  });
}
