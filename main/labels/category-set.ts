import { z } from 'zod';
import type { CategoryOfSet } from '../../preload/contract/operations/categories.ts';
import { canonicalJson } from '../library/canonical-json.ts';
import type { Library } from '../library/library.ts';
import { chainWriter } from './chain.ts';
import type { EventDraft } from './chain.ts';
import { recordGroup } from './groups.ts';

/**
 * The harm categories of PKU-SafeRLHF (S1 to S19 of its dataset card; arXiv 2406.15513): what a project offers until
 * somebody changes it.
 */
export const pkuCategories: readonly string[] = [
  'Endangering National Security',
  'Insulting Behavior',
  'Discriminatory Behavior',
  'Endangering Public Health',
  'Copyright Issues',
  'Violence',
  'Drugs',
  'Privacy Violation',
  'Economic Crime',
  'Mental Manipulation',
  'Human Trafficking',
  'Physical Harm',
  'Sexual Content',
  'Cybercrime',
  'Disrupting Public Order',
  'Environmental Damage',
  'Psychological Harm',
  'White-Collar Crime',
  'Animal Abuse',
];

/** The categories that reviewers of a project choose from, in the order they are shown. */
export type CategorySet = readonly CategoryOfSet[];

const storedSet = z.array(z.strictObject({ name: z.string().min(1), retired: z.boolean() }));
const defaultSet: CategorySet = pkuCategories.map((name) => ({ name, retired: false }));

/**
 * The set of a project: what the last event about it says. A change of the set is an event about no pair, of the field
 * `categories`.
 */
export function readCategorySet({ db }: Library, projectId: number): CategorySet {
  const text = db
    .prepare<[number], string>(
      'SELECT new FROM label_events INDEXED BY label_events_about_project WHERE project_id = ? AND pair IS ' +
        "NULL AND field = 'categories' ORDER BY seq DESC LIMIT 1",
    )
    .pluck()
    .get(projectId);
  return text === undefined ? defaultSet : storedSet.parse(JSON.parse(text));
}

/** A set as its events hold it. */
export function categorySetText(set: CategorySet): string {
  return canonicalJson(set.map(({ name, retired }) => ({ name, retired })));
}

/** Logs a change of the set. Use it inside a transaction. */
export function appendCategorySet(
  library: Library,
  draft: Pick<EventDraft, 'group' | 'kind' | 'target' | 'projectId' | 'at' | 'reviewer' | 'old' | 'new' | 'reason'>,
): void {
  recordGroup(
    library,
    chainWriter(library).append({
      ...draft,
      datasetId: null,
      pair: null,
      side: null,
      field: 'categories',
      origin: null,
    }),
  );
}
