import { expect, test } from 'vitest';
import { settingTitle } from '../../kit/setting-text.ts';
import { numberError, rangeOf, type NumberRange } from './setting-errors.ts';
import { settingGroups } from './setting-groups.ts';
import { type SettingName, settingNames, settingRow } from '../../../native-models/vocabulary/settings.ts';
import { valueSchema } from '../../../native-models/vocabulary/settings-schema.ts';

function range(name: SettingName, contextTokens = Infinity): NumberRange {
  const found = rangeOf(name, contextTokens);
  if (found === null) throw new Error(`${name} is no number`);
  return found;
}

test('numbers out of bounds are wrong, and so is nothing and a part of what comes whole', () => {
  expect(numberError(range('beta'), 0.1)).toBeNull();
  for (const value of [-1, 0, 101, Number.NaN])
    expect(numberError(range('beta'), value)).toContain('Enter a number from 1e-6 to 100');
  expect(numberError(range('batchSize'), 1.5)).toContain('whole number');
});

test('the longest pair ends at the context of the model', () => {
  expect(numberError(range('maxLength', 128), 128)).toBeNull();
  expect(numberError(range('maxLength', 128), 512)).toContain('The model sees 128 tokens at once');
  expect(range('beta', 128)).toEqual(range('beta'));
});

test('the form takes what the contract takes, to the bound', () => {
  for (const name of settingNames) {
    const found = rangeOf(name, Infinity);
    if (found === null) continue;
    const { min, max } = found;
    for (const value of [min, max, min - 1, max + 1, (min + max) / 2, 0, Number.NaN])
      expect([name, value, numberError(found, value) === null]).toEqual([
        name,
        value,
        valueSchema(settingRow(name)).safeParse(value).success,
      ]);
  }
});

test('every setting has one place in the form, and its title there', () => {
  const inForm = settingGroups.flatMap(({ common, advanced }) => [...common, ...advanced]);
  expect(inForm.toSorted()).toEqual(settingNames.toSorted());
  for (const name of settingNames) expect(settingTitle(name)).toContain(settingRow(name).title);
});
