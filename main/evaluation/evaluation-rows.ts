import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  evaluationSettings,
  type BeforeAfter,
  type EvaluationSummary,
} from '../../preload/contract/operations/evaluation.ts';
import type { Estimate } from '../../preload/contract/views.ts';
import type { HeldOutReport } from './held-out.ts';
import { judgeNames } from './judges.ts';
import { countShares, type Share } from './shares.ts';
import type { Library } from '../library/library.ts';
import { listJudgements } from './answer-rows.ts';
import { estimateOf, heldOutEstimates, present } from './estimates.ts';

interface StoredEvaluation {
  readonly id: string;
  readonly runId: string;
  readonly settings: string;
  readonly summary: string;
  readonly createdAt: string;
}

const select =
  'SELECT evaluations.id, run_id AS runId, evaluations.settings, summary, evaluations.created_at AS ' +
  'createdAt FROM evaluations';
const interval = z.tuple([z.number(), z.number()]).nullable();
const heldOut: z.ZodType<HeldOutReport> = z.object({
  'rewards/accuracies': z.number(),
  safeUnsafeAccuracy: z.number().nullable(),
  safeLikelierShare: z.number().nullable(),
  'rewards/margins': z.number(),
  pairs: z.number(),
  safeUnsafePairs: z.number(),
  interval: z.object({ 'rewards/accuracies': interval, safeUnsafeAccuracy: interval, safeLikelierShare: interval }),
});
const promptKind = z.enum(['hazard', 'benign', 'unknown']);
const summarySchema = z.object({
  judge: z.enum(judgeNames),
  heldOut: z.object({ before: heldOut.nullable(), after: heldOut.nullable() }),
  kinds: z.array(promptKind),
  // Evaluations made before prompts could come from a file do not say where theirs came from.
  promptsFrom: z.string().nullable().default(null),
});
const storedSettings = z.object({
  pairs: z.number(),
  prompts: z.number(),
  maxNewTokens: z.number(),
  temperature: z.number(),
  seed: z.number(),
  // Evaluations made before checkpoints could be told apart do not say which one they measured.
  step: z.int().nullable().default(null),
});

/**
 * The finished evaluations of a run, newest first. Shares are of the verdicts by now, a person's instead of the
 * judge's.
 */
export function listEvaluations(library: Library, runId: string): EvaluationSummary[] {
  const stored = library.db
    .prepare<[string], StoredEvaluation>(`${select} WHERE run_id = ? ORDER BY created_at DESC`)
    .all(runId);
  return stored.map((evaluation) => evaluationView(library, evaluation));
}

/** The newest finished evaluation of a run's checkpoint at `step`; `null` where there is none. */
export function evaluationOfStep(library: Library, runId: string, step: number): EvaluationSummary | null {
  return listEvaluations(library, runId).find((evaluation) => evaluation.step === step) ?? null;
}

/** Held-out preferences by the newest evaluation of a run that measured them; `null` where none did. */
export function newestHeldOut(
  { db }: Library,
  runId: string,
): { readonly before: HeldOutReport | null; readonly after: HeldOutReport | null } | null {
  const summaries = db
    .prepare<[string], string>('SELECT summary FROM evaluations WHERE run_id = ? ORDER BY created_at DESC')
    .pluck()
    .all(runId);
  return (
    summaries.map((text) => summarySchema.parse(JSON.parse(text)).heldOut).find(({ after }) => after !== null) ?? null
  );
}

/** A hash of the prompts of an evaluation and of how they were asked: equal where two evaluations asked the same. */
export function askedOf(library: Library, evaluationId: string): string {
  const hash = createHash('sha256');
  const settings =
    library.db.prepare<[string], string>('SELECT settings FROM evaluations WHERE id = ?').pluck().get(evaluationId) ??
    '{}';
  const { maxNewTokens, temperature, seed } = storedSettings.parse(JSON.parse(settings));
  hash.update(JSON.stringify([maxNewTokens, temperature, seed]));
  const prompts = library.db
    .prepare<[string], string>(
      "SELECT prompt FROM generated_answers WHERE evaluation_id = ? AND model = 'before' ORDER BY number",
    )
    .pluck();
  for (const prompt of prompts.iterate(evaluationId)) hash.update(`\n${prompt}`);
  return hash.digest('hex');
}

/** The newest finished evaluation of any run of a project. */
export function newestEvaluation(library: Library, projectId: number): EvaluationSummary | null {
  const stored = library.db
    .prepare<[number], StoredEvaluation>(
      `${select} JOIN runs ON runs.id = run_id WHERE evaluations.project_id = ? AND runs.trashed_at IS NULL ` +
        'ORDER BY evaluations.created_at DESC LIMIT 1',
    )
    .get(projectId);
  return stored === undefined ? null : evaluationView(library, stored);
}

function evaluationView(
  library: Library,
  { id, runId, settings, summary, createdAt }: StoredEvaluation,
): EvaluationSummary {
  const found = summarySchema.parse(JSON.parse(summary));
  const judged = listJudgements(library, id);
  const shares = countShares(
    judged.map(({ before, after }, number) => ({ kind: found.kinds[number] ?? 'unknown', before, after })),
  );
  const [before, after] = [heldOutEstimates(found.heldOut.before), heldOutEstimates(found.heldOut.after)];
  const { pairs, step, ...rest } = storedSettings.parse(JSON.parse(settings));
  return {
    id,
    runId,
    createdAt,
    settings: evaluationSettings.parse({ ...rest, pairs: pairs === 0 ? null : pairs }),
    step,
    promptsFrom: found.promptsFrom,
    progress: { state: 'done', fraction: 1, secondsLeft: 0, doing: 'Done', error: null },
    judge: found.judge,
    ownVerdicts: judged.flatMap((sides) => [sides.before, sides.after]).filter(({ by }) => by === 'person').length,
    heldOut: present(
      Object.fromEntries(
        Object.keys(before).map((metric) => [metric, both(before[metric] ?? null, after[metric] ?? null)]),
      ),
    ),
    answers: present(Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, shareView(share)]))),
  };
}

function shareView({ before, after, interval: within, count }: Share): BeforeAfter | null {
  return both(estimateOf(before, within.before, count), estimateOf(after, within.after, count));
}

function both(before: Estimate | null, after: Estimate | null): BeforeAfter | null {
  return before === null || after === null ? null : { before, after };
}
