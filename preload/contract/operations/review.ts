import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query, stream } from '../operation.ts';
import type { Pair } from '../pairs.ts';
import type { PairCounts } from '../pair-counts.ts';
import { type FacetCounts, reviewFilter, type ReviewFilter } from '../review-filter.ts';
import type {
  AgreementReport,
  Audit,
  BulkPreview,
  Conflict,
  Finding,
  ImportedOpinions,
  LintReport,
  Opinion,
  ReviewRow,
  SavedView,
  Suggestion,
} from '../review-views.ts';
import type { TaskProgress } from '../views.ts';
import type { LabelEvent } from './labels.ts';
import { templateNames, type TransformClass } from '../../../native-models/vocabulary/lists.ts';

export interface PairDetail {
  readonly pair: Pair;
  readonly class: TransformClass;
  readonly flagged: boolean;
  readonly heldOut: boolean;
  /** Grows with each change of the pair's labels, whoever made it. */
  readonly version: number;
  /** Newest first. */
  readonly history: readonly LabelEvent[];
}

/**
 * Pairs that pass a filter: ids in its order as base64 of 32-bit little-endian integers, which 300,000 of fit 1.6 MB.
 */
export interface FilterResult {
  readonly total: number;
  readonly ids: string;
  readonly facets: FacetCounts;
}

export type MatchCounts = Omit<FilterResult, 'ids'>;

/** All that a list of pairs is painted from, in one answer. */
export interface FoundPairs extends FilterResult {
  /** What was asked for, as typed and as read. */
  readonly query: string;
  readonly filter: ReviewFilter;
  /** The rows of the first ids, enough for any window. */
  readonly rows: readonly ReviewRow[];
  /** The first pair; `null` where nothing was found. */
  readonly first: PairDetail | null;
}

/** What a group of edits came to. */
export interface LabelEdits {
  /** `null` when nothing had to change. */
  readonly group: string | null;
  readonly events: number;
  readonly pairIds: readonly number[];
}

export interface LintProgress extends TaskProgress {
  readonly report: LintReport | null;
}

/** Everything besides the labels themselves that is known of a pair. */
export interface PairNotes {
  readonly opinions: readonly Opinion[];
  /** Those nobody has settled. */
  readonly conflicts: readonly Conflict[];
  readonly findings: readonly Finding[];
  readonly suggestions: readonly Suggestion[];
}

const project = z.strictObject({ projectId: field.projectId });
const typed = z.string().max(2000);
const side = z.enum(['a', 'b', 'both']);
const category = z.string().min(1).max(100);
/** Pairs by id, or all that pass a filter: a list of 300,000 ids does not fit a request. */
const pairs = z.union([
  z.strictObject({ pairIds: z.array(field.pairId).min(1).max(50_000) }),
  z.strictObject({ filter: reviewFilter }),
]);
export type PairSelection = z.output<typeof pairs>;

/** As somebody typed it, or as a filter. */
const asked = z.union([z.strictObject({ query: typed }), z.strictObject({ filter: reviewFilter })]);
export type AskedPairs = z.output<typeof asked>;

const target = z.enum(['verdict a', 'verdict b', 'preference']);
const why = z.string().max(1000);

/** Only the named parts change. */
export const bulkChange = z.strictObject({
  verdict: z.strictObject({ side, unsafe: z.boolean().nullable() }).optional(),
  preferred: z.enum(['a', 'b', 'tie']).nullable().optional(),
  severity: z
    .strictObject({ side, value: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).nullable() })
    .optional(),
  addCategory: z.strictObject({ side, category }).optional(),
  removeCategory: z.strictObject({ side, category }).optional(),
  flagged: z.boolean().optional(),
});
export type BulkChange = z.output<typeof bulkChange>;

/** What the review finds and shows of pairs, and what it does with many of them or with several reviewers' opinions. */
export const review = {
  /** What the transform makes of the project's pairs. */
  counts: query<PairCounts>()(project),
  countsFeed: stream<PairCounts>('latest')(project),
  /** `blind`: as the reviewer alone has labelled it. */
  pair: query<PairDetail>()(project.extend({ pairId: field.pairId, blind: z.boolean() })),
  parse: query<ReviewFilter>()(project.extend({ query: typed })),
  /** `blind`: only what the reviewer said themselves is looked at. */
  find: query<FoundPairs>()(project.extend({ asked, blind: z.boolean() })),
  /** What `find` finds, without what it is painted from. */
  filter: query<FilterResult>()(project.extend({ filter: reviewFilter, blind: z.boolean() })),
  /** What `find` counts, without the pairs. */
  count: query<MatchCounts>()(project.extend({ asked, blind: z.boolean() })),
  /** `blind`: what others said is left out. */
  rows: query<readonly ReviewRow[]>()(
    project.extend({ pairIds: z.array(field.pairId).min(1).max(500), blind: z.boolean() }),
  ),
  /** `blind`: only the reviewer's own opinions; findings and suggestions are left out. */
  notes: query<PairNotes>()(project.extend({ pairId: field.pairId, blind: z.boolean() })),
  views: query<readonly SavedView[]>()(project),
  saveView: command<readonly SavedView[]>()(project.extend({ name: field.name, query: typed })),
  removeView: command<readonly SavedView[]>()(project.extend({ name: field.name })),
  bulkPreview: query<BulkPreview>()(project.extend({ pairs, change: bulkChange })),
  /** Refused with `bulk-not-as-previewed` where it would not do what its preview showed. */
  bulk: command<LabelEdits>()(
    project.extend({
      pairs,
      change: bulkChange,
      why,
      basis: z.strictObject({ seq: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) }),
    }),
  ),
  audits: query<readonly Audit[]>()(project),
  drawAudit: command<Audit>()(project.extend({ query: typed, count: z.int().min(1).max(10_000), seed: field.seed })),
  markAudited: command<Audit>()(project.extend({ auditId: field.rowId, pairId: field.pairId })),
  agreement: query<AgreementReport>()(project),
  conflicts: query<readonly Conflict[]>()(project),
  adjudicate: command<LabelEdits>()(
    project.extend({ pairId: field.pairId, target, value: z.enum(['safe', 'unsafe', 'a', 'b', 'tie']), why }),
  ),
  lint: command<{ readonly taskId: string }>()(project),
  lintProgress: stream<LintProgress>('latest')(z.strictObject({ taskId: field.taskId })),
  lintReport: query<LintReport | null>()(project),
  /**
   * `log-ratio`: the project's own start model guesses preferences. `guard`: a picked model folder guesses verdicts.
   */
  suggest: command<{ readonly taskId: string }>()(
    project.extend({
      pairs,
      scorer: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('log-ratio') }),
        z.strictObject({ kind: z.literal('guard'), folder: field.fileHandle }),
      ]),
      template: z.enum(templateNames),
    }),
  ),
  suggestProgress: stream<TaskProgress>('latest')(z.strictObject({ taskId: field.taskId })),
  decideSuggestion: command<LabelEdits>()(
    project.extend({ pairId: field.pairId, scorer: z.string().min(1).max(5000), target, accept: z.boolean() }),
  ),
  importOpinions: command<ImportedOpinions>()(
    project.extend({
      file: field.fileHandle,
      format: z.enum(['labels-jsonl', 'labels-csv', 'argilla', 'label-studio']),
    }),
  ),
};
