import type { Preferred, Side } from '../../preload/contract/pairs.ts';
import type { Library } from '../library/library.ts';
import { oncePerLibrary } from '../library/once-per-library.ts';
import { projectRevision } from '../labels/revision.ts';
import { chosenSide } from './objective-data.ts';
import type { ObjectiveName } from '../../native-models/vocabulary/objectives.ts';

/** Pairs of a project that every objective treats alike. */
export interface PairGroup {
  readonly datasetId: number;
  readonly heldOut: boolean;
  readonly preferred: Preferred;
  readonly safer: Side | null;
  readonly unsafe: { readonly a: boolean | null; readonly b: boolean | null };
  readonly pairs: number;
}

interface GroupRow extends Omit<PairGroup, 'heldOut' | 'unsafe'> {
  readonly heldOut: number;
  readonly unsafeA: number | null;
  readonly unsafeB: number | null;
}

interface Known {
  readonly revision: string;
  readonly groups: readonly PairGroup[];
}

const known = oncePerLibrary(() => new Map<number, Known>());

/**
 * A project's visible pairs in a few dozen groups; counted again when something has changed them (300,000 pairs: 0.2
 * s).
 */
export function pairGroups(library: Library, projectId: number): readonly PairGroup[] {
  const ofLibrary = known(library);
  const revision = projectRevision(library, projectId);
  const kept = ofLibrary.get(projectId);
  if (kept?.revision === revision) return kept.groups;
  const rows = library.db
    .prepare<[number], GroupRow>(
      `
      SELECT dataset_id AS datasetId, held_out AS heldOut, preferred, safer, unsafe_a AS unsafeA,
        unsafe_b AS unsafeB, count(*) AS pairs
      FROM active_labels WHERE project_id = ? GROUP BY 1, 2, 3, 4, 5, 6`,
    )
    .all(projectId);
  const groups = rows.map(({ heldOut, unsafeA, unsafeB, ...rest }): PairGroup => ({
    ...rest,
    heldOut: heldOut === 1,
    unsafe: { a: verdict(unsafeA), b: verdict(unsafeB) },
  }));
  ofLibrary.set(projectId, { revision, groups });
  return groups;
}

/** How many pairs of a group an objective takes. */
export function takenPairs({ pairs, ...judgement }: PairGroup, objective: ObjectiveName): number {
  return chosenSide(objective, judgement) === null ? 0 : pairs;
}

function verdict(value: number | null): boolean | null {
  return value === null ? null : value === 1;
}
