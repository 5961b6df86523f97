import { z } from 'zod';
import * as field from '../fields.ts';
import { command, query } from '../operation.ts';
import type { Side } from '../pairs.ts';
import type { ReviewRow } from '../review-views.ts';
import type { PairCounts } from '../pair-counts.ts';
import type { JsonValue, Page, TextDocument } from '../views.ts';

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

export interface LabelResult {
  /** At most 500 of the changed pairs, without those that the review does not show. */
  readonly pairs: readonly ReviewRow[];
  readonly changed: number;
  /** Labels that undo or redo left as they are: somebody changed them since, or their pair was deleted for good. */
  readonly kept: number;
  readonly counts: PairCounts;
  /** Of the undone, redone or new event group; `null` when there was nothing to undo or redo. */
  readonly group: string | null;
}

/** What an import of labels with their history did. */
export interface ImportedHistory {
  readonly pairs: number;
  readonly events: number;
  /** Events that the log had already. */
  readonly known: number;
}

/** Whether the label log is whole; `broken` says where it is not. */
export interface ChainCheck {
  readonly events: number;
  /** To be written down: it proves later that nothing up to here was changed. */
  readonly headHash: string;
  readonly broken: string | null;
}

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

/** Changes of labels, and the log that keeps every one of them. */
export const labels = {
  /**
   * `blind`: the pairs come back as the reviewer alone has labelled them; so with `undo` and `redo`. `version`: as the
   * person saw the one pair; refused with `label-changed-meanwhile` where it has been changed since.
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
  /** Takes another library's labels with their history into the log; all of the file, or nothing. */
  importHistory: command<ImportedHistory>()(
    project.extend({ file: field.fileHandle, format: z.enum(['jsonl', 'csv']) }),
  ),
  export: query<TextDocument>()(project.extend({ format: z.enum(['jsonl', 'csv']) })),
  verify: query<ChainCheck>()(
    z.strictObject({
      writtenDownHead: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .nullable(),
    }),
  ),
};
