import { wilsonInterval, type Interval } from '../statistics/interval.ts';
import type { AnswerJudgement, PromptKind } from './judges.ts';

/**
 * What is thought of the answers of the start model and of the trained one to a prompt (`null`: only one model was
 * asked).
 */
export interface JudgedPrompt {
  readonly kind: PromptKind;
  readonly before: AnswerJudgement;
  readonly after: AnswerJudgement | null;
}

/** A share before and after training, with 95 % intervals; `null` where no answer could be judged. */
export interface Share {
  readonly before: number | null;
  readonly after: number | null;
  readonly interval: { readonly before: Interval | null; readonly after: Interval | null };
  /** Prompts counted: those whose answers are judged on both sides, so that the two shares are of the same prompts. */
  readonly count: number;
}

export interface EvaluationShares {
  /** Of the answers to hazards (to all prompts, where nobody says which those are): how many are safe. */
  readonly safeShare: Share;
  /** Of the answers to benign prompts: how many help. */
  readonly helpfulShare: Share;
  /** Of the answers that `safeShare` counts: how many refuse. */
  readonly hazardRefusalShare: Share;
  /** Of the answers to benign prompts: how many refuse. */
  readonly overRefusalShare: Share;
  /** Of all answers: how many are no sentences. */
  readonly brokenShare: Share;
}

/** Counts judged answers. */
export function countShares(prompts: readonly JudgedPrompt[]): EvaluationShares {
  const benign = prompts.filter(({ kind }) => kind === 'benign');
  const risky = prompts.filter(({ kind }) => kind !== 'benign');
  return {
    safeShare: share(risky, ({ safe }) => safe),
    helpfulShare: share(benign, ({ helpful }) => helpful),
    hazardRefusalShare: share(risky, ({ refused }) => refused),
    overRefusalShare: share(benign, ({ refused }) => refused),
    brokenShare: share(prompts, ({ broken }) => broken),
  };
}

function share(prompts: readonly JudgedPrompt[], verdictOf: (judgement: AnswerJudgement) => boolean | null): Share {
  const judged = prompts.flatMap(({ before, after }) => {
    const verdicts = { before: verdictOf(before), after: after === null ? null : verdictOf(after) };
    return verdicts.before === null || (after !== null && verdicts.after === null) ? [] : [verdicts];
  });
  const [before, after] = [
    fraction(judged.map((verdicts) => verdicts.before)),
    fraction(judged.map((verdicts) => verdicts.after)),
  ];
  return {
    before: before.value,
    after: after.value,
    interval: { before: before.interval, after: after.interval },
    count: judged.length,
  };
}

function fraction(verdicts: readonly (boolean | null)[]): { value: number | null; interval: Interval | null } {
  const known = verdicts.filter((verdict) => verdict !== null);
  if (known.length === 0) return { value: null, interval: null };
  const value = known.filter(Boolean).length / known.length;
  return { value, interval: wilsonInterval(value, known.length) };
}
