import type { EvaluationSettings } from './operations/evaluation.ts';

/** What an evaluation asks where nothing else is said. */
export const evaluationDefaults = { pairs: null, prompts: 100, temperature: 0, seed: 42 } as const;
/** Tokens of the longest answer of a model whose context is at least twice as long. */
export const usualAnswerTokens = 128;

/** Tokens of the longest answer: half of what the model sees at once, at most {@link usualAnswerTokens}. */
export function defaultAnswerTokens(contextTokens: number): number {
  return Math.min(usualAnswerTokens, Math.max(1, Math.floor(contextTokens / 2)));
}

/** The settings of the first evaluation of a run, in the app and on the command line alike. */
export function defaultEvaluation(contextTokens: number): EvaluationSettings {
  return { ...evaluationDefaults, maxNewTokens: defaultAnswerTokens(contextTokens) };
}
