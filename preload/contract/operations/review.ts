import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query, stream } from '../operation.ts';
import type { Pair, Preferred, Side } from '../pairs.ts';
import type { JsonValue, Page } from '../views.ts';
import { transformClasses, type TransformClass } from '../../../native-models/vocabulary/lists.ts';

/** What the transform makes of a project's pairs; the five classes add up to `total`. */
export type TransformCounts = { readonly [transformClass in TransformClass]: number } & { readonly total: number };

/** One row of the review list; texts are cut to 200 characters. */
export interface PairRow {
  readonly id: number;
  readonly datasetId: number;
  readonly row: number;
  readonly prompt: string;
  readonly unsafe: { readonly [side in Side]: boolean | null };
  readonly preferred: Preferred;
  readonly transform: TransformClass;
  readonly flagged: boolean;
}

/** One entry of the append-only label log. */
export interface LabelEvent {
  readonly id: number;
  /** `adjudicate` settles a conflict between reviewers. */
  readonly kind: 'import' | 'remove' | 'edit' | 'adjudicate' | 'undo' | 'redo';
  /** Changes made together are undone together. */
  readonly group: string;
  /** The group that an undo or redo is about. */
  readonly target: string | null;
  readonly at: string;
  readonly reviewer: string;
  /** `null` where it is about the project: its categories, or a file that came in. */
  readonly pairId: number | null;
  readonly side: Side | null;
  /**
   * Which part of the label changed: `verdict`, `categories`, `severity`, `note`, `preference`, `flag`; `dataset` for a
   * file.
   */
  readonly field: string;
  readonly old: JsonValue;
  readonly new: JsonValue;
  readonly why: string;
}

export interface PairDetail {
  readonly pair: Pair;
  readonly transform: TransformClass;
  readonly flagged: boolean;
  readonly heldOut: boolean;
  /** Grows with each change of the pair's labels, whoever made it. */
  readonly version: number;
  /** Newest first. */
  readonly history: readonly LabelEvent[];
}

export interface LabelResult {
  readonly pairs: readonly PairRow[];
  readonly changed: number;
  /** Labels that undo or redo left as they are: somebody changed them since, or their pair was deleted for good. */
  readonly kept: number;
  readonly counts: TransformCounts;
  /** Of the undone, redone or new event group; `null` when there was nothing to undo or redo. */
  readonly group: string | null;
}

/** Filters combine with "and"; a field that is left out does not filter. */
export const pairFilter = z.strictObject({
  transform: z.array(z.enum(transformClasses)).max(5).optional(),
  unsafe: z.enum(['yes', 'no', 'unknown']).optional(),
  datasetId: field.datasetId.optional(),
  flagged: z.boolean().optional(),
  heldOut: z.boolean().optional(),
  category: z.string().min(1).max(100).optional(),
  text: z
    .string()
    .min(1)
    .max(500)
    .refine((text) => !text.includes('\0'), 'a zero character cannot be searched for')
    .optional(),
});
export type PairFilter = z.output<typeof pairFilter>;

/** Only the named parts change. */
export const labelChange = z.strictObject({
  unsafe: z.strictObject({ a: z.boolean().nullable().optional(), b: z.boolean().nullable().optional() }).optional(),
  preferred: z.enum(['a', 'b', 'tie']).nullable().optional(),
  categories: z
    .strictObject({ side: z.enum(['a', 'b']), values: z.array(z.string().min(1).max(100)).max(50) })
    .optional(),
  severity: z
    .strictObject({
      side: z.enum(['a', 'b']),
      value: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]).nullable(),
    })
    .optional(),
  note: z.strictObject({ side: z.enum(['a', 'b']), text: field.note }).optional(),
  flagged: z.boolean().optional(),
});
export type LabelChange = z.output<typeof labelChange>;

const project = z.strictObject({ projectId: field.projectId });
const why = z.string().max(1_000);

export const review = {
  counts: query<TransformCounts>()(project.extend({ filter: pairFilter })),
  countsFeed: stream<TransformCounts>('latest')(project),
  /** One page by keyset: `after` is the id of the last row of the page before. */
  page: query<Page<PairRow, number>>()(
    project.extend({ filter: pairFilter, after: z.int().min(0).max(Number.MAX_SAFE_INTEGER), limit: field.pageSize }),
  ),
  /** All matching ids, for a virtual list. */
  ids: query<readonly number[]>()(project.extend({ filter: pairFilter })),
  rows: query<readonly PairRow[]>()(project.extend({ pairIds: z.array(field.pairId).min(1).max(500) })),
  /** `blind`: as the reviewer alone has labelled it. */
  pair: query<PairDetail>()(project.extend({ pairId: field.pairId, blind: z.boolean() })),
  /** `blind`: the pairs come back as the reviewer alone has labelled them; so with `undo` and `redo`. */
  /**
   * `version`: as the person saw the one pair; refused with `label-changed-meanwhile` where it has been changed since.
   */
  label: command<LabelResult>()(
    project.extend({
      pairIds: z.array(field.pairId).min(1).max(500),
      version: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
      change: labelChange,
      why,
      blind: z.boolean(),
    }),
  ),
  undo: command<LabelResult>()(project.extend({ blind: z.boolean() })),
  redo: command<LabelResult>()(project.extend({ blind: z.boolean() })),
  /** How many pairs the reviewer has labelled since a time. */
  labelledSince: query<number>()(project.extend({ since: z.iso.datetime() })),
  history: query<Page<LabelEvent, number>>()(project.extend({ before: field.rowId.nullable(), limit: field.pageSize })),
};
