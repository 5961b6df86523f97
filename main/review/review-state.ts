import type { FacetName } from '../../preload/contract/review-filter.ts';
import type { Labels } from './label-rows.ts';

/** The values that all pairs of one state share, by facet. */
export type ReviewState = { readonly [facet in FacetName]: readonly string[] };

/** What the tables of the review say of a pair, as far as a filter asks for it. */
export interface ReviewMarks {
  /** Kinds of lint findings, comma-separated; '' without any. */
  readonly findings: string;
  /** Somebody disagrees. */
  readonly conflict: boolean;
  /** A scorer made a suggestion. */
  readonly suggested: boolean;
}

/** The state of pairs with these labels and marks. */
export function reviewState(labels: Labels, { findings, conflict, suggested }: ReviewMarks): ReviewState {
  const [transform, unsafeA, unsafeB, sourceA, sourceB, sourcePreferred, reviewerA, reviewerB, reviewerPreferred, categoriesA, categoriesB, severityA, severityB, flagged, dataset, heldOut] = labels;
  const given = (values: readonly (string | null)[]): string[] => [...new Set(values.filter((value) => value !== null))];
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
    disagreement: yesNo(conflict),
    dataset: [String(dataset)],
    split: [heldOut === 1 ? 'held-out' : 'train'],
    lint: findings === '' ? [] : findings.split(','),
    suggested: yesNo(suggested),
  };
}
