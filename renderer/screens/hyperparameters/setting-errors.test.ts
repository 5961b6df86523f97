import { expect, test } from 'vitest';
import { boundedBy, numberError, type NumberControl } from './setting-errors.ts';
import { settingGroups } from './setting-groups.ts';

const control = (name: string): NumberControl => {
  const found = settingGroups
    .flatMap(({ common, advanced }) => [...common, ...advanced])
    .find((each) => each.name === name);
  if (found?.kind !== 'number') throw new Error(name);
  return found;
};

test('numbers out of bounds are wrong, and so is nothing and a part of what comes whole', () => {
  expect(numberError(control('beta'), 0.1)).toBeNull();
  for (const value of [-1, 0, 101, Number.NaN])
    expect(numberError(control('beta'), value)).toContain('Enter a number from 0.001 to 100');
  expect(numberError(control('batchSize'), 1.5)).toContain('whole number');
});

test('the longest pair ends at the context of the model', () => {
  const bounded = boundedBy(control('maxLength'), 128);
  expect(numberError(bounded, 128)).toBeNull();
  expect(numberError(bounded, 512)).toContain('The model sees 128 tokens at once');
  expect(boundedBy(control('beta'), 128)).toEqual(control('beta'));
});
