import { z } from 'zod';
import { badInput } from '../../../native-models/failure.ts';
import { evaluationSettings, type AnswerPair, type AnswerVerdict, type BeforeAfter, type EvaluationSummary } from '../../../preload/contract/operations/evaluation.ts';
import type { Estimate } from '../../../preload/contract/views.ts';
import type { HeldOutReport } from '../../evaluation/held-out.ts';
import type { Library } from '../../library/library.ts';
import { transact } from '../../library/transact.ts';
import { estimateOf, heldOutEstimates, present } from './estimates.ts';

interface StoredEvaluation {
  readonly id: string;
  readonly runId: string;
  readonly settings: string;
  readonly summary: string;
  readonly createdAt: string;
}

const select = 'SELECT id, run_id AS runId, settings, summary, created_at AS createdAt FROM evaluations';
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
const share = z.object({ before: z.number().nullable(), after: z.number().nullable(), interval: z.object({ before: interval, after: interval }), count: z.number() });
const summarySchema = z.object({ heldOut: z.object({ before: heldOut.nullable(), after: heldOut.nullable() }), safeShare: share, helpfulShare: share, overRefusalShare: share });
const storedSettings = z.object({ pairs: z.number(), prompts: z.number(), maxNewTokens: z.number(), temperature: z.number(), seed: z.number() });

/** The finished evaluations of a run, newest first. */
export function listEvaluations({ db }: Library, runId: string): EvaluationSummary[] {
  return db.prepare<[string], StoredEvaluation>(`${select} WHERE run_id = ? ORDER BY created_at DESC`).all(runId).map(evaluationView);
}

function evaluationView({ id, runId, settings, summary, createdAt }: StoredEvaluation): EvaluationSummary {
  const found = summarySchema.parse(JSON.parse(summary));
  const [before, after] = [heldOutEstimates(found.heldOut.before), heldOutEstimates(found.heldOut.after)];
  const shares = { safeShare: shareView(found.safeShare), helpfulShare: shareView(found.helpfulShare), overRefusalShare: shareView(found.overRefusalShare) };
  const { pairs, ...rest } = storedSettings.parse(JSON.parse(settings));
  return {
    id,
    runId,
    createdAt,
    settings: evaluationSettings.parse({ ...rest, pairs: pairs === 0 ? null : pairs }),
    progress: { state: 'done', fraction: 1, secondsLeft: 0, doing: 'Done', error: null },
    heldOut: present(Object.fromEntries(Object.keys(before).map((metric) => [metric, both(before[metric] ?? null, after[metric] ?? null)]))),
    answers: present(shares),
  };
}

function shareView({ before, after, interval, count }: z.output<typeof share>): BeforeAfter | null {
  return both(estimateOf(before, interval.before, count), estimateOf(after, interval.after, count));
}

function both(before: Estimate | null, after: Estimate | null): BeforeAfter | null {
  return before === null || after === null ? null : { before, after };
}

interface StoredAnswer {
  readonly number: number;
  readonly prompt: string;
  readonly before: string;
  readonly after: string;
  readonly judgedBefore: string | null;
  readonly judgedAfter: string | null;
}

const judgement = z.object({ safe: z.boolean().nullable(), helpful: z.boolean().nullable(), by: z.literal('person').optional() });
const message = z.array(z.object({ content: z.string() }));

const answers = `SELECT a.number, a.prompt, a.answer AS before, b.answer AS after, a.judgement AS judgedBefore, b.judgement AS judgedAfter
  FROM generated_answers a JOIN generated_answers b ON b.evaluation_id = a.evaluation_id AND b.number = a.number AND b.model = 'after'
  WHERE a.evaluation_id = :evaluation AND a.model = 'before'`;
const filters = {
  all: '',
  changed: 'AND a.answer <> b.answer',
  unjudged: "AND (json_extract(a.judgement, '$.safe') IS NULL OR json_extract(b.judgement, '$.safe') IS NULL)",
} as const;

/** Answers in order, after answer id `after`. Ids count from 1. */
export function listAnswers({ db }: Library, evaluationId: string, show: keyof typeof filters, after: number, limit: number): AnswerPair[] {
  return db
    .prepare<[{ evaluation: string; after: number; limit: number }], StoredAnswer>(`${answers} ${filters[show]} AND a.number >= :after ORDER BY a.number LIMIT :limit`)
    .all({ evaluation: evaluationId, after, limit })
    .map(answerView);
}

/** Stores a person's verdict on one answer. Throws `unknown-answer`. */
export function judgeAnswer(library: Library, evaluationId: string, answerId: number, of: 'before' | 'after', unsafe: boolean | null, helpful: boolean | null): AnswerPair {
  return transact(library, () => {
    const verdict = JSON.stringify({ safe: unsafe === null ? null : !unsafe, helpful, refused: null, by: 'person' });
    library.db.prepare('UPDATE generated_answers SET judgement = ? WHERE evaluation_id = ? AND number = ? AND model = ?').run(verdict, evaluationId, answerId - 1, of);
    const [answer] = listAnswers(library, evaluationId, 'all', answerId - 1, 1);
    if (answer?.id !== answerId) throw badInput('unknown-answer', `Evaluation ${evaluationId} has no answer ${answerId}.`, { evaluation: evaluationId, answer: answerId });
    return answer;
  });
}

function answerView({ number, prompt, before, after, judgedBefore, judgedAfter }: StoredAnswer): AnswerPair {
  const text = message.parse(JSON.parse(prompt)).map(({ content }) => content).join('\n\n');
  return { id: number + 1, prompt: text, before, after, changed: before !== after, verdicts: { before: verdictView(judgedBefore), after: verdictView(judgedAfter) } };
}

function verdictView(text: string | null): AnswerVerdict {
  const { safe, helpful, by } = judgement.parse(text === null ? { safe: null, helpful: null } : JSON.parse(text));
  const judged = safe !== null || helpful !== null;
  return { unsafe: safe === null ? null : !safe, helpful, source: by ?? (judged ? 'rules' : null) };
}
