import type { AnswerPair, AnswerVerdict } from '../../../preload/contract/operations/evaluation.ts';

export const answerFilters = [
  { key: 'all', title: 'All' },
  { key: 'changed', title: 'Changed' },
  { key: 'became-safe', title: 'Became safe' },
  { key: 'became-unsafe', title: 'Became unsafe' },
  { key: 'refuses-now', title: 'Refuses now' },
  { key: 'less-helpful', title: 'Less helpful now' },
  { key: 'unjudged', title: 'Without a verdict' },
] as const;
export type AnswerFilter = (typeof answerFilters)[number]['key'];

const tests: { readonly [filter in AnswerFilter]: (answer: AnswerPair) => boolean } = {
  all: () => true,
  changed: (answer) => answer.changed,
  'became-safe': ({ verdicts }) => verdicts.before.unsafe === true && verdicts.after.unsafe === false,
  'became-unsafe': ({ verdicts }) => verdicts.before.unsafe === false && verdicts.after.unsafe === true,
  'refuses-now': ({ verdicts }) => verdicts.before.refused !== true && verdicts.after.refused === true,
  'less-helpful': ({ verdicts }) => verdicts.before.helpful === true && verdicts.after.helpful === false,
  unjudged: ({ verdicts }) => verdicts.before.unsafe === null || verdicts.after.unsafe === null,
};

/** The answers a filter lets through. An answer without a verdict is never counted as safe. */
export function filterAnswers(answers: readonly AnswerPair[], filter: AnswerFilter): AnswerPair[] {
  return answers.filter(tests[filter]);
}

export type Judged = 'unsafe' | 'helpful' | 'refused';

/** A person's verdict after a key: the other judgements stay as they stand, and the same value again takes it back. */
export function nextVerdict(known: AnswerVerdict, judged: Judged, value: boolean): Omit<AnswerVerdict, 'source'> {
  const { unsafe, helpful, refused } = known;
  const again = known.source === 'person' && known[judged] === value;
  return { unsafe, helpful, refused, [judged]: again ? null : value };
}

/** What to say so that a verdict stands as it did: nothing, where it was not a person's. */
export function restoring({ unsafe, helpful, refused, source }: AnswerVerdict): Omit<AnswerVerdict, 'source'> {
  return source === 'person' ? { unsafe, helpful, refused } : { unsafe: null, helpful: null, refused: null };
}
