import { badInput } from '../../../native-models/failure.ts';
import { editLabels, type EditResult } from '../../labels/edit.ts';
import type { Library } from '../../library/library.ts';
import { opinionEdit } from '../opinions/conflicts.ts';
import type { OpinionValue } from '../opinions/opinions.ts';
import { pairSuggestions, type Suggestion } from './suggestion-store.ts';

/** What a suggestion says when it has to be one or the other. */
export function suggestedValue({ target, score }: Suggestion): OpinionValue {
  if (target === 'preference') return score >= 0.5 ? 'a' : 'b';
  return score >= 0.5 ? 'unsafe' : 'safe';
}

/** A person's answer to one suggestion. */
export interface SuggestionDecision {
  readonly pairId: number;
  readonly scorer: string;
  readonly target: Suggestion['target'];
  readonly accept: boolean;
  readonly reviewer: string;
}

/**
 * Records what a person makes of a suggestion: accepting gives its value, rejecting the opposite. Either way the label
 * is the person's, and the reason says what was suggested.
 * @throws Failure `unknown-suggestion`, `reviewer-missing`
 */
export function decideSuggestion(
  library: Library,
  projectId: number,
  { pairId, scorer, target, accept, reviewer }: SuggestionDecision,
): EditResult {
  const suggestion = pairSuggestions(library, pairId).find((each) => each.scorer === scorer && each.target === target);
  if (suggestion === undefined)
    throw badInput('unknown-suggestion', `${scorer} has no suggestion for the ${target} of pair ${pairId}.`, {
      pair: pairId,
      scorer,
      target,
    });
  const suggested = suggestedValue(suggestion);
  const reason =
    `${accept ? 'accepted' : 'rejected'} the suggestion ${suggested} (${suggestion.score.toFixed(2)}) of ` +
    `${scorer}`;
  return editLabels(library, projectId, { reviewer, reason }, [
    opinionEdit(pairId, target, accept ? suggested : opposite(suggested)),
  ]);
}

function opposite(value: OpinionValue): OpinionValue {
  const opposites: { readonly [value in OpinionValue]: OpinionValue } = {
    safe: 'unsafe',
    unsafe: 'safe',
    a: 'b',
    b: 'a',
    tie: 'tie',
  };
  return opposites[value];
}
