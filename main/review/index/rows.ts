import type { Preferred } from '../../../preload/contract/pairs.ts';
import { unknownPair } from '../../labels/edit.ts';
import type { Library } from '../../library/library.ts';
import { oncePerLibrary } from '../../library/once-per-library.ts';
import { reviewView } from './current-columns.ts';
import type { ReviewRow } from '../../../preload/contract/review-views.ts';
import type { TransformClass } from '../../../native-models/vocabulary/lists.ts';

interface StoredRow {
  readonly id: number;
  readonly datasetId: number;
  readonly row: number;
  readonly prompt: string;
  readonly class: TransformClass;
  readonly unsafe_a: number | null;
  readonly unsafe_b: number | null;
  readonly preferred: Preferred;
  readonly flagged: number;
  readonly heldOut: number;
  readonly lint: string | null;
}

const storedRows = oncePerLibrary(({ db }) =>
  db.prepare<[string, number], StoredRow>(`
    SELECT pairs.id, pairs.dataset_id AS datasetId, row, substr(json_extract(prompt, '$[#-1].content'), 1,
      200) AS prompt, class, labels.unsafe_a, labels.unsafe_b,
      labels.preferred, flagged, held_out AS heldOut,
      (SELECT json_group_array(DISTINCT kind) FROM lint_findings WHERE lint_findings.pair_id = pairs.id) AS lint
    FROM json_each(?) AS wanted CROSS JOIN pairs ON pairs.id = wanted.value
      JOIN pair_labels AS labels ON labels.pair_id = pairs.id
    WHERE pairs.project_id = ?`),
);

/** Those of the pairs that the review shows: the pairs of a dataset in the trash are hidden. */
export function shownPairs(library: Library, projectId: number, pairIds: readonly number[]): number[] {
  const { columns } = reviewView(library, projectId);
  return pairIds.filter((id) => columns.placeOf(id) >= 0);
}

/** The rows of these pairs, in the order of the ids. @throws Failure `unknown-pair` */
export function reviewRows(library: Library, projectId: number, pairIds: readonly number[]): ReviewRow[] {
  const { columns } = reviewView(library, projectId);
  const stored = storedRows(library).all(JSON.stringify(pairIds), projectId);
  const byId = new Map(stored.map((row) => [row.id, row]));
  return pairIds.map((id) => {
    const row = byId.get(id);
    const place = columns.placeOf(id);
    if (row === undefined || place < 0) throw unknownPair(projectId, id);
    const { unsafe_a: a, unsafe_b: b, flagged, heldOut, lint, ...rest } = row;
    const informative = columns.informative[place] ?? -1;
    return {
      ...rest,
      unsafe: { a: verdict(a), b: verdict(b) },
      flagged: flagged === 1,
      heldOut: heldOut === 1,
      lint: JSON.parse(lint ?? '[]'),
      disagreement: columns.distinct[columns.states[place] ?? 0]?.disagreement[0] === 'yes',
      length: columns.lengths[place] ?? 0,
      informative: informative < 0 ? null : informative,
    };
  });
}

function verdict(value: number | null): boolean | null {
  return value === null ? null : value === 1;
}
