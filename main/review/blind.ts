import type { Side } from '../../preload/contract/pairs.ts';
import type { ReviewRow } from '../../preload/contract/review-views.ts';
import type { Library } from '../library/library.ts';
import { transformPair } from '../../preload/contract/transform-pair.ts';
import { readOpinions } from './opinions.ts';

/**
 * Rows as a reviewer sees them who is not to know what others said: verdicts, preference and class come from their own
 * opinions alone; flags, findings, suggestions and disagreements are left out.
 */
export function blindRows(library: Library, projectId: number, reviewer: string, rows: readonly ReviewRow[]): ReviewRow[] {
  const own = new Map(
    readOpinions(library, projectId, rows.map(({ id }) => id))
      .filter((opinion) => opinion.reviewer === reviewer)
      .map(({ pairId, target, value }) => [`${pairId} ${target}`, value]),
  );
  return rows.map((row) => {
    const verdict = (side: Side): boolean | null => {
      const value = own.get(`${row.id} verdict ${side}`);
      return value === undefined ? null : value === 'unsafe';
    };
    const preference = own.get(`${row.id} preference`);
    const preferred = preference === 'a' || preference === 'b' || preference === 'tie' ? preference : null;
    const unsafe = { a: verdict('a'), b: verdict('b') };
    const { class: transformClass } = transformPair({ preferred, safer: null, unsafe });
    return { ...row, unsafe, preferred, class: transformClass, flagged: false, disagreement: false, lint: [], informative: null };
  });
}
