import type { FacetName } from '../../../preload/contract/review-filter.ts';
import type { Labels } from './label-rows.ts';

/** The values that all pairs of one state share, by facet. */
export type ReviewState = { readonly [facet in FacetName]: readonly string[] };

/**
 * What the tables of the review say of a pair, as far as a filter asks for it: kinds of lint findings, comma-separated,
 * `conflictMark` where somebody disagrees, `suggestedMark` where a scorer made a suggestion. Nearly always ''.
 */
export type ReviewMarks = string;
export const conflictMark = '!';
export const suggestedMark = '?';

/** The state of pairs with these labels and marks. */
export function reviewState(labels: Labels, marks: ReviewMarks): ReviewState {
  const [
    transform,
    unsafeA,
    unsafeB,
    sourceA,
    sourceB,
    sourcePreferred,
    reviewerA,
    reviewerB,
    reviewerPreferred,
    categoriesA,
    categoriesB,
    severityA,
    severityB,
    flagged,
    dataset,
    heldOut,
  ] = labels;
  const findings = marks.replace(conflictMark, '').replace(suggestedMark, '');
  const given = (values: readonly (string | null)[]): string[] => [
    ...new Set(values.filter((value) => value !== null)),
  ];
  const verdict = (unsafe: number | null): string => (unsafe === null ? 'unknown' : unsafe === 1 ? 'unsafe' : 'safe');
  const orNone = (value: string | number | null): string => (value === null ? 'none' : String(value));
  const yesNo = (value: boolean): string[] => [value ? 'yes' : 'no'];
  return {
    class: [transform],
    verdict: given([verdict(unsafeA), verdict(unsafeB)]),
    source: given([orNone(sourceA), orNone(sourceB), sourcePreferred]),
    reviewer: given([reviewerA, reviewerB, reviewerPreferred]),
    category: given([...categoriesA, ...categoriesB]),
    severity: given([orNone(severityA), orNone(severityB)]),
    flagged: yesNo(flagged === 1),
    disagreement: yesNo(marks.includes(conflictMark)),
    dataset: [String(dataset)],
    split: [heldOut === 1 ? 'held-out' : 'train'],
    lint: findings === '' ? [] : findings.split(','),
    suggested: yesNo(marks.includes(suggestedMark)),
  };
}
