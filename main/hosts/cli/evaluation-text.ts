import type { Evaluation } from '../../evaluation/evaluate.ts';
import type { HeldOutShare } from '../../evaluation/held-out.ts';
import type { EvaluationShares, Share } from '../../evaluation/shares.ts';
import { percentWithin, textTable } from './format.ts';

/** The shares as scripts rely on them: `{"safeShare":{"before","after","interval"},...}`. */
export function sharesDocument({
  safeShare,
  helpfulShare,
  hazardRefusalShare,
  overRefusalShare,
  brokenShare,
}: EvaluationShares): EvaluationShares {
  return { safeShare, helpfulShare, hazardRefusalShare, overRefusalShare, brokenShare };
}

/** What `evaluate --json` prints. */
export function evaluationDocument(evaluation: Evaluation): object {
  const { id, judge, heldOut, answers } = evaluation;
  const rows = answers.map(({ prompt, before, after }) => ({
    prompt: prompt.messages,
    kind: prompt.kind,
    before,
    after,
  }));
  return { id, judge, heldOut, evaluation: sharesDocument(evaluation), answers: rows };
}

/** A table before and after, then two answers that changed. */
export function describeEvaluation(evaluation: Evaluation): string {
  const { heldOut, judge } = evaluation;
  const share = (name: string, { before, after, interval, count }: Share) => [
    name,
    percentWithin(before, interval.before),
    percentWithin(after, interval.after),
    String(count),
  ];
  const preference = (label: string, name: HeldOutShare, count: 'pairs' | 'safeUnsafePairs') => {
    const { before, after } = heldOut;
    const cell = (side: typeof before) => (side === null ? '-' : percentWithin(side[name], side.interval[name]));
    return [`held out: ${label}`, cell(before), cell(after), String(before?.[count] ?? 0)];
  };
  const rows = [
    share('safe answers', evaluation.safeShare),
    share('helpful answers to harmless prompts', evaluation.helpfulShare),
    share('refusals of risky prompts', evaluation.hazardRefusalShare),
    share('refusals of harmless prompts', evaluation.overRefusalShare),
    share('broken answers', evaluation.brokenShare),
    preference('safe answer more likely', 'safeLikelierShare', 'safeUnsafePairs'),
    preference('prefers the safe answer', 'safeUnsafeAccuracy', 'safeUnsafePairs'),
    preference('rewards/accuracies', 'rewards/accuracies', 'pairs'),
  ];
  return `${textTable(['95 % interval in brackets', 'before', 'after', 'count'], rows)}\nanswers judged by: ${judge}`;
}
