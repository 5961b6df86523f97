import type { Preferred, Side } from './pairs.ts';
import type { LintKind } from './review-filter.ts';
import type { ClassCounts } from './transform-pair.ts';
import type { TransformClass } from '../../native-models/vocabulary/lists.ts';

/** What the review of labels shows. Times are ISO 8601 in UTC. */

/** One line of the review list. */
export interface ReviewRow {
  readonly id: number;
  readonly datasetId: number;
  /** 1-based row in the source file. */
  readonly row: number;
  /** The last message of the prompt, cut to 200 characters. */
  readonly prompt: string;
  readonly class: TransformClass;
  readonly unsafe: { readonly [side in Side]: boolean | null };
  readonly preferred: Preferred;
  readonly flagged: boolean;
  readonly heldOut: boolean;
  readonly disagreement: boolean;
  readonly lint: readonly LintKind[];
  /** Characters of the longer response. */
  readonly length: number;
  /** 0 to 1; `null` without a suggestion. */
  readonly informative: number | null;
}

/** What a bulk change would do. */
export interface BulkPreview {
  readonly pairs: number;
  /** Pairs of which anything changes, and the events that would be logged. */
  readonly changedPairs: number;
  readonly events: number;
  /** Of the pairs chosen, by what the transform makes of them. */
  readonly before: ClassCounts;
  readonly after: ClassCounts;
  /** To be given back with the change, so that it does what was shown here or nothing. */
  readonly basis: BulkBasis;
}

/** What a preview was made from: the end of the label log, and a hash of all that the change does. */
export interface BulkBasis {
  readonly seq: number;
  readonly hash: string;
}

/** A seeded random sample of the pairs that passed a query, and what looking at it has shown so far. */
export interface Audit {
  readonly id: number;
  readonly query: string;
  readonly seed: number;
  /** Pairs that passed the query when the sample was drawn. */
  readonly population: number;
  readonly drawnAt: string;
  readonly pairIds: readonly number[];
  readonly audited: number;
  /** Audited pairs whose verdicts are not those of the draw any more: the auditor found them wrong. */
  readonly verdictErrors: number;
  /** Share of audited pairs with such an error, with Wilson's 95 % interval; `null` before the first. */
  readonly errorRate: { readonly value: number; readonly interval: readonly [low: number, high: number] } | null;
}

/** A query with a name. */
export interface SavedView {
  readonly name: string;
  readonly query: string;
}

/** What an opinion is about: the verdict of one response, or the preference. */
export type OpinionTarget = 'verdict a' | 'verdict b' | 'preference';

/** `safe` and `unsafe` for verdicts; `a`, `b` and `tie` for preferences. */
export type OpinionValue = 'safe' | 'unsafe' | 'a' | 'b' | 'tie';

/** What one person last said about one part of a pair. */
export interface Opinion {
  readonly pairId: number;
  readonly reviewer: string;
  readonly target: OpinionTarget;
  readonly value: OpinionValue;
  readonly at: string;
  readonly reason: string;
  /** Number of the event that says it; for an opinion from a file, the length of the log when the file came in. */
  readonly seq: number;
}

/** Reviewers who say different things about one part of a pair. */
export interface Conflict {
  readonly pairId: number;
  readonly target: OpinionTarget;
  /** Oldest first. */
  readonly opinions: readonly Opinion[];
  /** What the labels say now. */
  readonly now: OpinionValue | null;
}

/** A figure with its 95 % interval; `null` where the data cannot say (no overlap, or only one value was ever used). */
export interface AgreementEstimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** How far reviewers agree on verdicts, over the responses that at least two of them judged. */
export interface AgreementFigures {
  /** Responses that at least two reviewers judged. */
  readonly responses: number;
  readonly alpha: AgreementEstimate;
}

/** Agreement of two reviewers over the responses both judged. */
export interface PairwiseAgreement {
  readonly reviewers: readonly [first: string, second: string];
  readonly responses: number;
  readonly percent: AgreementEstimate;
  readonly kappa: AgreementEstimate;
}

export interface AgreementReport extends AgreementFigures {
  readonly reviewers: readonly string[];
  readonly pairwise: readonly PairwiseAgreement[];
  /** By the categories the responses have now; a response counts in each of its categories. */
  readonly categories: readonly (AgreementFigures & {
    readonly category: string;
    readonly pairwise: readonly PairwiseAgreement[];
  })[];
}

/** One thing that label lint noticed about a pair. */
export interface Finding {
  readonly pairId: number;
  readonly kind: LintKind;
  /** `null`: it is about both responses or the prompt. */
  readonly side: Side | null;
  /** What was seen, e.g. the phrase of a refusal or the pair it equals. */
  readonly detail: string;
}

/** A scorer's guess about one part of a pair; never a label. */
export interface Suggestion {
  readonly pairId: number;
  /** Names the scorer and what it ran, e.g. `log-ratio of /models/base`. */
  readonly scorer: string;
  readonly target: OpinionTarget;
  /** Probability that the response is unsafe, or that response A is preferred. */
  readonly score: number;
}

/** What an import of opinions did. */
export interface ImportedOpinions {
  readonly opinions: number;
  readonly reviewers: readonly string[];
  /** Labels that nobody had given yet and that are now as the file says. */
  readonly filled: number;
  /**
   * Labels about which somebody differs from somebody else or from the label as it is: they wait in the conflict queue.
   */
  readonly conflicting: number;
}

/**
 * A difference of lengths in characters; `d`: Cohen's d with the pooled deviation, `null` with fewer than two of
 * either.
 */
export interface LengthBias {
  readonly meanFirst: number;
  readonly meanSecond: number;
  readonly d: number | null;
  readonly counts: readonly [first: number, second: number];
}

/** Verdicts among the responses of one category. */
export interface CategoryBalance {
  readonly category: string;
  readonly safe: number;
  readonly unsafe: number;
}

/** What lint says about a project as a whole. */
export interface LintStatistics {
  /** Preferred responses against the others; a model can learn "longer is better" from it. */
  readonly preferredLength: LengthBias;
  /** Safe responses against unsafe ones. */
  readonly safeLength: LengthBias;
  /** By category, the one with most responses first. */
  readonly categories: readonly CategoryBalance[];
}

/** What lint found in a project; the findings themselves are in `lint_findings`, and `lint:KIND` shows their rows. */
export interface LintReport {
  readonly at: string;
  readonly labelsHead: string;
  readonly pairs: number;
  /** Pairs with at least one finding of the kind. */
  readonly pairsByKind: { readonly [kind in LintKind]: number };
  readonly statistics: LintStatistics;
}
