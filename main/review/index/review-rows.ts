import { badInput } from '../../../native-models/failure.ts';
import type { PairFilter, PairRow, TransformCounts } from '../../../preload/contract/operations/review.ts';
import type { Preferred } from '../../../preload/contract/pairs.ts';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import { searchPairs } from '../../datasets/store/search.ts';
import { transformClasses, type TransformClass } from '../../../native-models/vocabulary/lists.ts';

const searchLimit = 300_000;

type Parameters = { [name: string]: number | string };

/** `WHERE` of a filter over `active_labels`, with its parameters. */
function whereOf(
  library: Library,
  projectId: number,
  filter: PairFilter,
): { readonly where: string; readonly parameters: Parameters } {
  const terms = ['project_id = :project'];
  const parameters: Parameters = { project: projectId };
  const add = (term: string, name?: string, value?: number | string): void => {
    terms.push(term);
    if (name !== undefined && value !== undefined) parameters[name] = value;
  };
  if (filter.transform !== undefined)
    add('class IN (SELECT value FROM json_each(:classes))', 'classes', JSON.stringify(filter.transform));
  if (filter.unsafe === 'yes') add('(unsafe_a = 1 OR unsafe_b = 1)');
  if (filter.unsafe === 'no') add('(unsafe_a = 0 AND unsafe_b = 0)');
  if (filter.unsafe === 'unknown') add('(unsafe_a IS NULL OR unsafe_b IS NULL)');
  if (filter.datasetId !== undefined) add('dataset_id = :dataset', 'dataset', filter.datasetId);
  if (filter.flagged !== undefined) add('flagged = :flagged', 'flagged', Number(filter.flagged));
  if (filter.heldOut !== undefined) add('held_out = :heldOut', 'heldOut', Number(filter.heldOut));
  if (filter.category !== undefined)
    add(
      '(EXISTS (SELECT 1 FROM json_each(categories_a) WHERE value = :category) OR EXISTS (SELECT 1 FROM ' +
        'json_each(categories_b) WHERE value = :category))',
      'category',
      filter.category,
    );
  if (filter.text !== undefined)
    add(
      'pair_id IN (SELECT value FROM json_each(:found))',
      'found',
      JSON.stringify(searchPairs(library, projectId, filter.text, searchLimit)),
    );
  return { where: terms.join(' AND '), parameters };
}

/** How many pairs that pass the filter fall into each class. */
export function countByClass(library: Library, projectId: number, filter: PairFilter): TransformCounts {
  const { where, parameters } = whereOf(library, projectId, filter);
  const rows = library.db
    .prepare<[Parameters], { class: TransformClass; pairs: number }>(
      `SELECT class, count(*) AS pairs FROM active_labels WHERE ${where} GROUP BY class`,
    )
    .all(parameters);
  const count = (name: TransformClass): number => rows.find((row) => row.class === name)?.pairs ?? 0;
  const [keptSafeSafe, keptSafeUnsafe, swapped, dropped, waiting] = transformClasses.map(count);
  const total = rows.reduce((sum, { pairs }) => sum + pairs, 0);
  return {
    keptSafeSafe: keptSafeSafe ?? 0,
    keptSafeUnsafe: keptSafeUnsafe ?? 0,
    swapped: swapped ?? 0,
    dropped: dropped ?? 0,
    waiting: waiting ?? 0,
    total,
  };
}

/** Ids of the pairs that pass the filter, in order, after `after` and at most `limit` of them (-1: all). */
export function filteredIds(library: Library, projectId: number, filter: PairFilter, after = 0, limit = -1): number[] {
  const { where, parameters } = whereOf(library, projectId, filter);
  return library.db
    .prepare<[Parameters], number>(
      `SELECT pair_id FROM active_labels WHERE ${where} AND pair_id > :after ORDER BY pair_id LIMIT :limit`,
    )
    .pluck()
    .all({ ...parameters, after, limit });
}

interface StoredRow {
  readonly id: number;
  readonly datasetId: number;
  readonly row: number;
  readonly prompt: string;
  readonly unsafeA: number | null;
  readonly unsafeB: number | null;
  readonly preferred: Preferred;
  readonly transform: TransformClass;
  readonly flagged: number;
}

const storedRows = oncePerLibrary(({ db }) =>
  db.prepare<[string, number], StoredRow>(`
    SELECT pairs.id, pairs.dataset_id AS datasetId, row, substr(json_extract(prompt, '$[#-1].content'), 1, 200) AS prompt,
      labels.unsafe_a AS unsafeA, labels.unsafe_b AS unsafeB, labels.preferred AS preferred, class AS transform, flagged
    FROM json_each(?) AS wanted CROSS JOIN pairs ON pairs.id = wanted.value JOIN pair_labels AS labels ON labels.pair_id = pairs.id
    WHERE pairs.project_id = ?`),
);

/** The rows of these pairs, in the order of the ids. Throws `unknown-pair`. */
export function pairRows(library: Library, projectId: number, pairIds: readonly number[]): PairRow[] {
  const stored = storedRows(library).all(JSON.stringify(pairIds), projectId);
  const byId = new Map(stored.map((row) => [row.id, row]));
  return pairIds.map((id) => {
    const row = byId.get(id);
    if (row === undefined)
      throw badInput('unknown-pair', `Project ${projectId} has no pair ${id}.`, { project: projectId, pair: id });
    const { unsafeA, unsafeB, flagged, ...rest } = row;
    return { ...rest, unsafe: { a: verdict(unsafeA), b: verdict(unsafeB) }, flagged: flagged === 1 };
  });
}

function verdict(value: number | null): boolean | null {
  return value === null ? null : value === 1;
}
