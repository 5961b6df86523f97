import type { Side } from '../../../preload/contract/pairs.ts';
import type { ReviewRow } from '../../../preload/contract/review-views.ts';
import type { Library } from '../../library/library.ts';
import { transformPair } from '../../../preload/contract/transform-pair.ts';
import { readOpinions } from './opinions.ts';
import type { PairNotes } from '../../../preload/contract/operations/review.ts';

/** What a row of the list says of the labels of a pair. */
type Labelled = Pick<ReviewRow, 'unsafe' | 'preferred' | 'class'>;

/**
 * Rows as a reviewer sees them who is not to know what others said: verdicts, preference and class come from their own
 * opinions alone; flags, findings, suggestions and disagreements are left out.
 */
export function blindRows(
  library: Library,
  projectId: number,
  reviewer: string,
  rows: readonly ReviewRow[],
): ReviewRow[] {
  const labelled = labelledBy(library, projectId, reviewer, rows);
  return rows.map((row) => ({
    ...row,
    ...labelled(row.id),
    flagged: false,
    disagreement: false,
    lint: [],
    informative: null,
  }));
}

/** The notes of a pair without what others said or may have said: findings and suggestions hint at verdicts. */
export function blindNotes(library: Library, projectId: number, reviewer: string, pairId: number): PairNotes {
  return {
    opinions: ownOpinions(library, projectId, reviewer, [pairId]),
    conflicts: [],
    findings: [],
    suggestions: [],
  };
}

function labelledBy(
  library: Library,
  projectId: number,
  reviewer: string,
  rows: readonly { readonly id: number }[],
): (pairId: number) => Labelled {
  const own = new Map(
    ownOpinions(
      library,
      projectId,
      reviewer,
      rows.map(({ id }) => id),
    ).map(({ pairId, target, value }) => [`${pairId} ${target}`, value]),
  );
  return (pairId) => {
    const verdict = (side: Side): boolean | null => {
      const value = own.get(`${pairId} verdict ${side}`);
      return value === undefined ? null : value === 'unsafe';
    };
    const preference = own.get(`${pairId} preference`);
    const preferred = preference === 'a' || preference === 'b' || preference === 'tie' ? preference : null;
    const unsafe = { a: verdict('a'), b: verdict('b') };
    return { unsafe, preferred, class: transformPair({ preferred, safer: null, unsafe }).class };
  };
}

function ownOpinions(
  library: Library,
  projectId: number,
  reviewer: string,
  pairIds: readonly number[],
): PairNotes['opinions'] {
  return readOpinions(library, projectId, pairIds).filter((opinion) => opinion.reviewer === reviewer);
}
