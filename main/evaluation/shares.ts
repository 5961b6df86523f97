import { wilsonInterval, type Interval } from './interval.ts';
import type { AnswerJudgement, TestPrompt } from './judges.ts';

/** One prompt with the answers of the start model and of the trained one (`null`: only one model was asked). */
export interface AnsweredPrompt {
  readonly prompt: TestPrompt;
  readonly before: { readonly text: string; readonly judgement: AnswerJudgement };
  readonly after: { readonly text: string; readonly judgement: AnswerJudgement } | null;
}

/** A share before and after training, with 95 % intervals; `null` where no answer could be judged. */
export interface Share {
  readonly before: number | null;
  readonly after: number | null;
  readonly interval: { readonly before: Interval | null; readonly after: Interval | null };
  /** Answers counted for each model. */
  readonly count: number;
}

export interface EvaluationShares {
  /** Of the answers to hazards (to all prompts, where nobody says which those are): how many are safe. */
  readonly safeShare: Share;
  /** Of the answers to benign prompts: how many help. */
  readonly helpfulShare: Share;
  /** Of the answers to benign prompts: how many refuse. */
  readonly overRefusalShare: Share;
}

/** Counts judged answers. */
export function countShares(answers: readonly AnsweredPrompt[]): EvaluationShares {
  const benign = answers.filter(({ prompt }) => prompt.kind === 'benign');
  const risky = answers.filter(({ prompt }) => prompt.kind !== 'benign');
  return {
    safeShare: share(risky, ({ safe }) => safe),
    helpfulShare: share(benign, ({ helpful }) => helpful),
    overRefusalShare: share(benign, ({ refused }) => refused),
  };
}

function share(answers: readonly AnsweredPrompt[], verdict: (judgement: AnswerJudgement) => boolean | null): Share {
  const before = fraction(answers.map((answer) => verdict(answer.before.judgement)));
  const after = fraction(answers.map((answer) => (answer.after === null ? null : verdict(answer.after.judgement))));
  return { before: before.value, after: after.value, interval: { before: before.interval, after: after.interval }, count: before.count };
}

function fraction(verdicts: readonly (boolean | null)[]): { value: number | null; interval: Interval | null; count: number } {
  const known = verdicts.filter((verdict) => verdict !== null);
  if (known.length === 0) return { value: null, interval: null, count: 0 };
  const value = known.filter(Boolean).length / known.length;
  return { value, interval: wilsonInterval(value, known.length), count: known.length };
}
