/** What the numbers of an evaluation may be; the host refuses others, and the form says so before it asks. */
export const evaluationBounds = {
  /** Prompts answered by both models. */
  prompts: { min: 0, max: 10_000, whole: true },
  /** Tokens of the longest answer. */
  maxNewTokens: { min: 1, max: 8192, whole: true },
  temperature: { min: 0, max: 5, whole: false },
  seed: { min: 0, max: 2 ** 32 - 1, whole: true },
} as const;
export type EvaluationNumber = keyof typeof evaluationBounds;
