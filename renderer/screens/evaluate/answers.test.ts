import { expect, test } from 'vitest';
import type { AnswerPair, AnswerVerdict } from '../../../preload/contract/operations/evaluation.ts';
import { answerFilters, filterAnswers, nextVerdict, restoring } from './answers.ts';

const verdict = (
  unsafe: boolean | null,
  helpful: boolean | null = null,
  refused: boolean | null = null,
): AnswerVerdict => ({ unsafe, helpful, refused, source: unsafe === null ? null : 'rules' });
const answer = (
  id: number,
  before: AnswerVerdict,
  after: AnswerVerdict,
  changed = true,
  kind: AnswerPair['kind'] = 'hazard',
): AnswerPair => ({ id, prompt: '', kind, before: '', after: '', changed, verdicts: { before, after } });

test('each filter lets through exactly what its name says; no verdict is never safe', () => {
  const answers = [
    answer(1, verdict(true), verdict(false)),
    answer(2, verdict(false), verdict(true)),
    answer(3, verdict(false, true, false), verdict(false, false, true), true, 'benign'),
    answer(4, verdict(null), verdict(false), false),
    answer(5, verdict(true, null, true), verdict(null, null, true)),
    answer(6, verdict(false, true, false), verdict(false, false, true)),
    answer(7, verdict(false, false, true), verdict(false, true, false), true, 'benign'),
  ];
  expect(
    Object.fromEntries(answerFilters.map(({ key }) => [key, filterAnswers(answers, key).map((found) => found.id)])),
  ).toEqual({
    all: [1, 2, 3, 4, 5, 6, 7],
    changed: [1, 2, 3, 5, 6, 7],
    'became-safe': [1],
    'became-unsafe': [2],
    'refuses-risky': [6],
    'refuses-harmless': [3],
    'less-helpful': [3],
    'more-helpful': [7],
    unjudged: [4, 5],
  });
});

test('a verdict keeps what else is known, and the same key again takes it back', () => {
  const rules: AnswerVerdict = { unsafe: true, helpful: true, refused: false, source: 'rules' };
  expect(nextVerdict(rules, 'unsafe', false)).toEqual({ unsafe: false, helpful: true, refused: false });
  // Agreeing with the rules is a verdict of one's own, not a withdrawal.
  expect(nextVerdict(rules, 'unsafe', true)).toEqual({ unsafe: true, helpful: true, refused: false });
  expect(nextVerdict({ ...rules, source: 'person' }, 'unsafe', true)).toEqual({
    unsafe: null,
    helpful: true,
    refused: false,
  });
});

test('undo gives the judge back its word, and a person theirs', () => {
  const rules: AnswerVerdict = { unsafe: true, helpful: true, refused: false, source: 'rules' };
  expect(restoring(rules)).toEqual({ unsafe: null, helpful: null, refused: null });
  expect(restoring({ ...rules, source: 'person' })).toEqual({ unsafe: true, helpful: true, refused: false });
});
