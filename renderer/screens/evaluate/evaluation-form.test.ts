import { defaultEvaluation } from '../../../preload/contract/evaluation-defaults.ts';
import { expect, test } from 'vitest';
import { evaluationBounds } from '../../../preload/contract/evaluation-bounds.ts';
import { evaluationFields, fieldError, fieldRemark, settingsOf, type EvaluationField } from './evaluation-form.ts';

const limits = { heldOutPrompts: 40, contextTokens: 128 };
const field = (name: EvaluationField['name']): EvaluationField => {
  const found = evaluationFields.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const entered = defaultEvaluation(limits.contextTokens);

test('the form takes numbers at the bounds and none beyond them, nor a part of what comes whole', () => {
  for (const { name } of evaluationFields) {
    const { min, max, whole } = evaluationBounds[name];
    const takes = (value: number): boolean =>
      settingsOf({ ...entered, [name]: value }, { ...limits, contextTokens: 10_000 }) !== null;
    expect([name, ...[min, max, min - 1, max + 1, min + 0.5].map(takes)]).toEqual([
      name,
      true,
      true,
      false,
      false,
      !whole,
    ]);
  }
});

test('an emptied field is an error, and so is an answer longer than the context', () => {
  expect(fieldError(field('seed'), { ...entered, seed: null }, limits)).toContain('Enter a number');
  expect(settingsOf({ ...entered, seed: null }, limits)).toBeNull();
  expect(fieldError(field('maxNewTokens'), { ...entered, maxNewTokens: 128 }, limits)).toContain('128 tokens at once');
  expect(fieldError(field('maxNewTokens'), { ...entered, maxNewTokens: 127 }, limits)).toBeNull();
});

test('a remark tells when there are fewer prompts than asked for, and that none means no answers', () => {
  expect(fieldRemark(field('prompts'), { ...entered, prompts: 100 }, limits, false)).toContain('40 held-out prompts');
  expect(fieldRemark(field('prompts'), { ...entered, prompts: 100 }, limits, true)).toBeNull();
  expect(fieldRemark(field('prompts'), { ...entered, prompts: 40 }, limits, false)).toBeNull();
  expect(fieldRemark(field('prompts'), { ...entered, prompts: 0 }, limits, false)).toContain('No answers');
});

test('a first evaluation fits the model it is of', () => {
  expect([Infinity, limits.contextTokens].map((context) => defaultEvaluation(context).maxNewTokens)).toEqual([128, 64]);
  expect(settingsOf(defaultEvaluation(2), limits)).not.toBeNull();
});
