import { z } from 'zod';
import { evaluationBounds, type EvaluationNumber } from '../evaluation-bounds.ts';
import * as field from '../fields.ts';
import { command, query, stream } from '../operation.ts';
import type { Estimate, Page, TaskProgress, TextDocument } from '../views.ts';

function within(name: EvaluationNumber): z.ZodNumber {
  const { min, max, whole } = evaluationBounds[name];
  return (whole ? z.int() : z.number()).min(min).max(max);
}

export const evaluationSettings = z.strictObject({
  /** Held-out pairs whose preferences are measured; `null`: all. */
  pairs: z.int().min(1).max(1_000_000).nullable(),
  /** Prompts answered by both models. */
  prompts: within('prompts'),
  maxNewTokens: within('maxNewTokens'),
  temperature: within('temperature'),
  seed: within('seed'),
});
export type EvaluationSettings = z.output<typeof evaluationSettings>;

/** What an evaluation of a run can ask for at most. */
export interface EvaluationLimits {
  /** Different prompts among the held-out pairs. */
  readonly heldOutPrompts: number;
  /** Tokens that the model can see at once: prompt and answer together. */
  readonly contextTokens: number;
}

/** The same measure on the start model and on the trained one. */
export interface BeforeAfter {
  readonly before: Estimate;
  readonly after: Estimate;
}

export interface EvaluationSummary {
  /** Also the task that `progressFeed` follows. */
  readonly id: string;
  readonly runId: string;
  readonly createdAt: string;
  readonly settings: EvaluationSettings;
  /** The checkpoint that was measured; `null` where an earlier version did not record it. */
  readonly step: number | null;
  /** The name of the file that the prompts came from; `null`: those of the held-out pairs. */
  readonly promptsFrom: string | null;
  readonly progress: TaskProgress;
  /** What judged the answers; `null` until that is known. `refusal`: phrases that refusals begin with. */
  readonly judge: 'sample' | 'refusal' | 'none' | null;
  /** Answers that a person judged, whose verdict counts instead. */
  readonly ownVerdicts: number;
  /** Held-out preferences: `rewards/accuracies`, `safeUnsafeAccuracy`, `safeLikelierShare`. */
  readonly heldOut: { readonly [metric: string]: BeforeAfter };
  /**
   * From judged answers: `safeShare`, `helpfulShare`, `hazardRefusalShare`, `overRefusalShare`, `brokenShare`, each
   * where both models' answers to a prompt are judged.
   */
  readonly answers: { readonly [metric: string]: BeforeAfter };
}

export interface AnswerVerdict {
  readonly unsafe: boolean | null;
  readonly helpful: boolean | null;
  readonly refused: boolean | null;
  readonly source: 'rules' | 'person' | null;
}

/** One prompt answered by both models with the same seed. */
export interface AnswerPair {
  readonly id: number;
  readonly prompt: string;
  /** Whether the prompt asks for something unsafe (`hazard`) or may be answered (`benign`). */
  readonly kind: 'hazard' | 'benign' | 'unknown';
  readonly before: string;
  readonly after: string;
  readonly changed: boolean;
  readonly verdicts: { readonly before: AnswerVerdict; readonly after: AnswerVerdict };
}

const evaluationOf = z.strictObject({ evaluationId: field.taskId });

export const evaluation = {
  limits: query<EvaluationLimits>()(z.strictObject({ runId: field.runId })),
  /** Prompts come from the file, one a row, or from the held-out pairs where it is `null`. */
  start: command<EvaluationSummary>()(
    z.strictObject({ runId: field.runId, settings: evaluationSettings, promptFile: field.fileHandle.nullable() }),
  ),
  list: query<readonly EvaluationSummary[]>()(z.strictObject({ runId: field.runId })),
  progressFeed: stream<TaskProgress>('latest')(z.strictObject({ taskId: field.taskId })),
  answers: query<Page<AnswerPair, number>>()(
    evaluationOf.extend({
      after: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
      limit: field.pageSize,
    }),
  ),
  /** A person's verdict, which counts instead of the judge's; with nothing said in it the judge's stands again. */
  setVerdict: command<AnswerPair>()(
    evaluationOf.extend({
      answerId: field.rowId,
      of: z.enum(['before', 'after']),
      unsafe: z.boolean().nullable(),
      helpful: z.boolean().nullable(),
      refused: z.boolean().nullable(),
    }),
  ),
  answersCsv: query<TextDocument>()(evaluationOf),
};
