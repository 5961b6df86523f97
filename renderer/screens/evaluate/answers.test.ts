import { expect, test } from 'vitest';
import type { AnswerPair, AnswerVerdict } from '../../../preload/contract/operations/evaluation.ts';
import { answerFilters, filterAnswers } from './answers.ts';

const verdict = (unsafe: boolean | null, helpful: boolean | null = null): AnswerVerdict => ({ unsafe, helpful, source: unsafe === null ? null : 'rules' });
const answer = (id: number, before: AnswerVerdict, after: AnswerVerdict, changed = true): AnswerPair => ({ id, prompt: '', before: '', after: '', changed, verdicts: { before, after } });

test('each filter lets through exactly what its name says; no verdict is never safe', () => {
  const answers = [
    answer(1, verdict(true), verdict(false)),
    answer(2, verdict(false), verdict(true)),
    answer(3, verdict(false, true), verdict(false, false)),
    answer(4, verdict(null), verdict(false), false),
    answer(5, verdict(true), verdict(null)),
  ];
  expect(Object.fromEntries(answerFilters.map(({ key }) => [key, filterAnswers(answers, key).map((found) => found.id)]))).toEqual({
    all: [1, 2, 3, 4, 5],
    changed: [1, 2, 3, 5],
    'became-safe': [1],
    'became-unsafe': [2],
    'less-helpful': [3],
    unjudged: [4, 5],
  });
});
