import type { Library } from '../../library/library.ts';
import { conflictQueue } from '../opinions/conflicts.ts';
import { pairFindings } from '../lint/findings.ts';
import { readOpinions } from '../opinions/opinions.ts';
import { pairSuggestions } from '../suggestions/suggestion-store.ts';
import type { PairNotes } from '../../../preload/contract/operations/review.ts';

/** Everything besides the labels themselves that is known of a pair. */
export function pairNotes(library: Library, projectId: number, pairId: number): PairNotes {
  return {
    opinions: readOpinions(library, projectId, [pairId]),
    conflicts: conflictQueue(library, projectId, [pairId]),
    findings: pairFindings(library, pairId),
    suggestions: pairSuggestions(library, pairId),
  };
}
