import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addTrainOptions } from '../../main/hosts/cli/train-options.ts';
import { defaultSettings } from '../../main/runs/settings.ts';
import { hyperparameters } from '../../preload/contract/operations/hyperparameters.ts';
import { type SettingName, isUsedBy, settingNames, settingRow } from '../../native-models/vocabulary/settings.ts';
import { trainSettingsSchema, runSettingsSchema, valueSchema } from '../../native-models/vocabulary/settings-schema.ts';
import { factsOf, objectiveNames } from '../../native-models/vocabulary/objectives.ts';

/** The table of settings, and everything that is derived from it. */

const defaults = defaultSettings({ hiddenSize: 4096 });

test('every setting has a default, and every schema asks for it', () => {
  expect(Object.keys(defaults).toSorted()).toEqual(settingNames.toSorted());
  const planned: object = { ...defaults, keptLayers: 'all' };
  for (const name of settingNames) {
    const without = (settings: object): object => ({ ...settings, [name]: undefined });
    expect([name, trainSettingsSchema.safeParse(without(defaults)).success]).toEqual([name, false]);
    expect([name, runSettingsSchema.safeParse(without(planned)).success]).toEqual([name, false]);
  }
});

test('the contract, the run folder and the table agree on the defaults', () => {
  expect(trainSettingsSchema.parse(defaults)).toEqual(defaults);
  expect(runSettingsSchema.parse({ ...defaults, keptLayers: 'all' })).toEqual({ ...defaults, keptLayers: 'all' });
  expect(hyperparameters.save.input.parse({ projectId: 1, settings: defaults }).settings).toEqual(defaults);
});

test('every flag of the table is an option of train, under the name of its setting', () => {
  const options = addTrainOptions(new Command()).options;
  for (const name of settingNames) {
    const { flag } = settingRow(name);
    if (flag !== null) expect(options.find((option) => option.flags === flag)?.attributeName()).toBe(name);
  }
});

test('the command line takes what the contract takes, to the bound', () => {
  const read = (name: SettingName, value: unknown): unknown => {
    const option = addTrainOptions(new Command()).options.find((found) => found.attributeName() === name);
    try {
      return option?.parseArg?.(String(value), undefined);
    } catch (error) {
      return error instanceof Error ? 'refused' : error;
    }
  };
  for (const name of settingNames) {
    const row = settingRow(name);
    if (row.flag === null || row.kind === 'switch' || row.kind === 'adapter' || row.kind === 'keptLayers') continue;
    const values = row.kind === 'choice' ? [...row.options, 'other'] : [row.min, row.max, row.min - 1, row.max + 1];
    for (const value of values) {
      const allowed = valueSchema(row).safeParse(value).success;
      expect([name, value, read(name, value)]).toEqual([name, value, allowed ? value : 'refused']);
    }
  }
});

test('docs/settings.md says what the table says', async () => {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = settingNames.map((name) => {
    const row = settingRow(name);
    const range = row.kind === 'number' || row.kind === 'whole' ? `${row.min} to ${row.max}` : '';
    const allowed = row.kind === 'choice' ? row.options.join(', ') : range;
    const usual = 'defaultFrom' in row ? row.defaultFrom : JSON.stringify(row.default);
    const using = objectiveNames.filter((objective) => isUsedBy(name, objective));
    const users = using.length === objectiveNames.length ? 'all' : using.map((user) => factsOf(user).title).join('; ');
    const unit = row.unit === undefined ? '' : ` (${row.unit})`;
    return [
      `\`${name}\``,
      `${row.title}${unit}`,
      row.flag === null ? '' : `\`${row.flag}\``,
      allowed,
      usual,
      users,
      row.meaning,
      row.wrongValue,
      row.source,
    ].map(cell);
  });
  const head = [
    'setting',
    'title',
    'option of `train`',
    'allowed',
    'default',
    'used by',
    'meaning',
    'when it is wrong',
    'source of the default',
  ];
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const text =
    '# Settings of a run\n\nMade from native-models/vocabulary/settings-table.ts; `npx vitest run ' +
    `test/integration/settings-table.test.ts -u\` writes it anew.\n\n${table}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/settings.md');
});
