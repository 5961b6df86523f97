import type { Library } from '../../library/library.ts';
import type { TransformClass } from '../../../native-models/vocabulary/lists.ts';

/**
 * What the columns take of some pairs, in the order of their ids. Pairs with equal `numbers` and `texts` have the same
 * labels; which ones, `readLabels` says.
 */
export interface LabelRows {
  readonly ids: readonly number[];
  /** Characters of the longer response. */
  readonly lengths: readonly number[];
  /** Number of the last event about the pair; 0: none. */
  readonly changed: readonly number[];
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

const source = (column: string): string =>
  `CASE ${column} WHEN 'imported' THEN 1 WHEN 'person' THEN 2 WHEN 'model' THEN 3 ELSE 0 END`;

/**
 * The small values that make up labels, with how many there are of each: the digits of one number below the dataset.
 */
const digits: readonly (readonly [expression: string, values: number])[] = [
  ['ifnull(unsafe_a, 2)', 3],
  ['ifnull(unsafe_b, 2)', 3],
  ['ifnull(severity_a, 4)', 5],
  ['ifnull(severity_b, 4)', 5],
  [source('source_a'), 4],
  [source('source_b'), 4],
  [source('preferred_source'), 4],
  ["CASE preferred WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'tie' THEN 3 ELSE 0 END", 4],
  ['flagged', 2],
  ['held_out', 2],
];
const number = digits.reduce((higher, [expression, values]) => `(${higher}) * ${values} + ${expression}`, 'dataset_id');
const text = `categories_a || categories_b ||
  CASE WHEN reviewer_a IS NULL AND reviewer_b IS NULL AND preferred_reviewer IS NULL THEN ''
    ELSE json_array(reviewer_a, reviewer_b, preferred_reviewer) END`;

/** SQLite gathers the rows itself: one call per row, and one string each, would take longer than reading the table. */
const gathered = `json_group_array(pair_id) AS ids, json_group_array(max(length_a, length_b)) AS lengths,
  json_group_array(max(ifnull(event_pair, 0), ifnull(event_a, 0), ifnull(event_b, 0))) AS changed,
  json_group_array(${number}) AS numbers, json_group_array(${text}) AS texts`;

/** What a state is made of, but for what comes from the tables of the review. */
export type Labels = readonly [
  transform: TransformClass,
  unsafeA: number | null,
  unsafeB: number | null,
  sourceA: string | null,
  sourceB: string | null,
  sourcePreferred: string | null,
  reviewerA: string | null,
  reviewerB: string | null,
  reviewerPreferred: string | null,
  categoriesA: readonly string[],
  categoriesB: readonly string[],
  severityA: number | null,
  severityB: number | null,
  flagged: number,
  dataset: number,
  heldOut: number,
];

/** Reads the labels of a project's visible pairs. */
export interface LabelReader {
  /** The pairs with ids above `after`, up to and including `last`. */
  range(after: number, last: number): LabelRows;
  /** These pairs, as far as they are visible. */
  some(pairIds: readonly number[]): LabelRows;
  /** The labels of each of these pairs, in the order given. */
  labels(pairIds: readonly number[]): readonly Labels[];
}

type Gathered = { readonly [column in keyof LabelRows]: string };

/** Opens the reader; its statements are prepared once. */
export function labelReader({ db }: Library, projectId: number): LabelReader {
  // NOT INDEXED: in the order of the table, which is that of the ids.
  const visible =
    'FROM pair_labels NOT INDEXED WHERE project_id = :project AND dataset_id IN (SELECT id FROM datasets ' +
    "WHERE state = 'ready' AND trashed_at IS NULL)";
  const ofRange = db.prepare<{ project: number; after: number; last: number }, Gathered>(
    `SELECT ${gathered} ${visible} AND pair_id > :after AND pair_id <= :last`,
  );
  const ofSome = db.prepare<{ project: number; pairs: string }, Gathered>(
    `SELECT ${gathered} ${visible} AND pair_id IN (SELECT value FROM json_each(:pairs))`,
  );
  const ofLabels = db
    .prepare<[string], string>(
      `
      SELECT json_array(class, unsafe_a, unsafe_b, source_a, source_b, preferred_source, reviewer_a, reviewer_b,
        preferred_reviewer, json(categories_a), json(categories_b),
        severity_a, severity_b, flagged, dataset_id, held_out)
        FROM json_each(?) AS wanted CROSS JOIN pair_labels ON pair_id = wanted.value ORDER BY wanted.key`,
    )
    .pluck();
  return {
    range: (after, last) => parsed(ofRange.get({ project: projectId, after, last })),
    some: (pairIds) => parsed(ofSome.get({ project: projectId, pairs: JSON.stringify(pairIds) })),
    labels: (pairIds) => ofLabels.all(JSON.stringify(pairIds)).map((labels): Labels => JSON.parse(labels)),
  };
}

function parsed(rows: Gathered | undefined): LabelRows {
  if (rows === undefined) throw new Error('an aggregate without GROUP BY gives one row');
  return {
    ids: JSON.parse(rows.ids),
    lengths: JSON.parse(rows.lengths),
    changed: JSON.parse(rows.changed),
    numbers: JSON.parse(rows.numbers),
    texts: JSON.parse(rows.texts),
  };
}
