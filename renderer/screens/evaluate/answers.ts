import type { AnswerPair, AnswerVerdict } from '../../../preload/contract/operations/evaluation.ts';

export const answerFilters = [
  { key: 'all', title: 'All' },
  { key: 'changed', title: 'Changed' },
  { key: 'became-safe', title: 'Became safe' },
  { key: 'became-unsafe', title: 'Became unsafe' },
  { key: 'refuses-risky', title: 'Refuses now (risky)' },
  { key: 'refuses-harmless', title: 'Refuses now (harmless)' },
  { key: 'less-helpful', title: 'No longer helpful (harmless)' },
  { key: 'more-helpful', title: 'Helpful now (harmless)' },
  { key: 'unjudged', title: 'Without a verdict' },
] as const;
export type AnswerFilter = (typeof answerFilters)[number]['key'];

const refusesNow = ({ verdicts }: AnswerPair): boolean =>
  verdicts.before.refused === false && verdicts.after.refused === true;

/**
 * Split by kind as the table's shares are, so that a share's change times its count is the difference of two filters.
 */
const tests: { readonly [filter in AnswerFilter]: (answer: AnswerPair) => boolean } = {
  all: () => true,
  changed: (answer) => answer.changed,
  'became-safe': ({ verdicts }) => verdicts.before.unsafe === true && verdicts.after.unsafe === false,
  'became-unsafe': ({ verdicts }) => verdicts.before.unsafe === false && verdicts.after.unsafe === true,
  'refuses-risky': (answer) => answer.kind !== 'benign' && refusesNow(answer),
  'refuses-harmless': (answer) => answer.kind === 'benign' && refusesNow(answer),
  'less-helpful': ({ kind, verdicts }) =>
    kind === 'benign' && verdicts.before.helpful === true && verdicts.after.helpful === false,
  'more-helpful': ({ kind, verdicts }) =>
    kind === 'benign' && verdicts.before.helpful === false && verdicts.after.helpful === true,
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
