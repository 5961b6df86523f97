import type { AnswerPair } from '../../../preload/contract/operations/evaluation.ts';

export const answerFilters = [
  { key: 'all', title: 'All' },
  { key: 'changed', title: 'Changed' },
  { key: 'became-safe', title: 'Became safe' },
  { key: 'became-unsafe', title: 'Became unsafe' },
  { key: 'less-helpful', title: 'Less helpful now' },
  { key: 'unjudged', title: 'Without a verdict' },
] as const;
export type AnswerFilter = (typeof answerFilters)[number]['key'];

const tests: { readonly [filter in AnswerFilter]: (answer: AnswerPair) => boolean } = {
  all: () => true,
  changed: (answer) => answer.changed,
  'became-safe': ({ verdicts }) => verdicts.before.unsafe === true && verdicts.after.unsafe === false,
  'became-unsafe': ({ verdicts }) => verdicts.before.unsafe === false && verdicts.after.unsafe === true,
  'less-helpful': ({ verdicts }) => verdicts.before.helpful === true && verdicts.after.helpful === false,
  unjudged: ({ verdicts }) => verdicts.before.unsafe === null || verdicts.after.unsafe === null,
};

/** The answers a filter lets through. An answer without a verdict is never counted as safe. */
export function filterAnswers(answers: readonly AnswerPair[], filter: AnswerFilter): AnswerPair[] {
  return answers.filter(tests[filter]);
}
