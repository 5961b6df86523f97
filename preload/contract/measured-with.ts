import type { EvaluationSummary } from './operations/evaluation.ts';

/** How an evaluation measured, in a phrase: `step 136, 66 held-out prompts, up to 64 tokens, seed 42`. */
export function measuredWith({
  step,
  settings,
  promptsFrom,
}: Pick<EvaluationSummary, 'step' | 'settings' | 'promptsFrom'>): string {
  const { prompts, maxNewTokens, temperature, seed } = settings;
  const origin = promptsFrom === null ? 'held-out prompts' : `prompts from ${promptsFrom}`;
  const parts = [
    ...(step === null ? [] : [`step ${step}`]),
    `${prompts} ${origin}`,
    `up to ${maxNewTokens} tokens`,
    ...(temperature === 0 ? [] : [`temperature ${temperature}`]),
    `seed ${seed}`,
  ];
  return parts.join(', ');
}
