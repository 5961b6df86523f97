import { z } from 'zod';
import * as field from '../fields.ts';
import { command, desktopCommand, query, stream } from '../operation.ts';
import type { TaskProgress, TextDocument } from '../views.ts';
import {
  exportFormats,
  type ExportFormat,
  exportDtypes,
  type ExportDtype,
} from '../../../native-models/vocabulary/lists.ts';

export interface DtypeOffer {
  /** `null`: as the start model stores its weights. */
  readonly dtype: ExportDtype | null;
  readonly title: string;
  readonly bytes: number;
}

export interface FormatOffer {
  readonly format: ExportFormat;
  readonly title: string;
  readonly usedBy: string;
  readonly available: boolean;
  /** Why not, when it is not available for this run. */
  readonly reason: string | null;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** The types to choose from, the start model's own first; empty where the format has but one. */
  readonly dtypes: readonly DtypeOffer[];
}

/**
 * The written folder was read again and compared with the trained model: each number of its weights, and log-probs of
 * pairs.
 */
export interface SelfTest {
  readonly passed: boolean;
  /** What was compared and what rounding cost, in a sentence without its end. */
  readonly found: string;
  /** Where rounding took much of what training changed. */
  readonly warning: string | null;
}

export interface ExportSummary {
  /** Also the task that `progressFeed` follows. */
  readonly id: string;
  readonly runId: string;
  readonly format: ExportFormat;
  readonly createdAt: string;
  readonly location: string;
  readonly bytes: number | null;
  readonly progress: TaskProgress;
  readonly selfTest: SelfTest | null;
}

const run = z.strictObject({ runId: field.runId });

export const exports = {
  formats: query<readonly FormatOffer[]>()(run),
  /** Steps that have a checkpoint, the newest first. */
  steps: query<readonly number[]>()(run),
  /** Writes into a new folder `folderName` inside `into`; `into: null` is the library's exports folder. */
  start: command<ExportSummary>()(
    run.extend({
      format: z.enum(exportFormats),
      dtype: z.enum(exportDtypes).nullable(),
      /** Which checkpoint; `null`: the newest, which is refused if it is damaged. */
      step: z.int().min(1).max(1e9).nullable(),
      into: field.fileHandle.nullable(),
      folderName: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
    }),
  ),
  list: query<readonly ExportSummary[]>()(z.strictObject({ runId: field.runId.nullable() })),
  progressFeed: stream<TaskProgress>('latest')(z.strictObject({ taskId: field.taskId })),
  /**
   * The certificate as it lies in the exported folder: model, data, settings, result, self-test, sha256 of every file.
   */
  certificate: query<TextDocument>()(z.strictObject({ exportId: field.taskId })),
  openFolder: desktopCommand<null>()(z.strictObject({ exportId: field.taskId })),
};
