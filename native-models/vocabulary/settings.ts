import { type ObjectiveName, factsOf, objectiveSettings } from './objectives.ts';
import type { KeptLayers, SettingRow, SettingValue } from './setting-row.ts';
import { settingsTable } from './settings-table.ts';

export type SettingName = keyof typeof settingsTable;

/** The settings of a run, as a person chooses them. */
export type TrainSettings = {
  readonly [Name in SettingName]: SettingValue<(typeof settingsTable)[Name]>;
};

/** Settings of a run that was planned: nothing is left to choose. */
export type RunSettings = TrainSettings & { readonly keptLayers: KeptLayers };

export const settingNames = Object.keys(settingsTable).filter((name): name is SettingName =>
  Object.hasOwn(settingsTable, name),
);

/** The row of a setting, whatever its kind. */
export function settingRow(name: SettingName): SettingRow {
  return settingsTable[name];
}

/** What stands for a setting where there is no room for its title: `β`. */
export function settingLetter(name: SettingName): string {
  const { symbol, title } = settingRow(name);
  return symbol ?? title;
}

/** Whether an objective looks at a setting. */
export function isUsedBy(name: SettingName, objective: ObjectiveName): boolean {
  return !Object.hasOwn(objectiveSettings, name) || factsOf(objective).settings.some((used) => used === name);
}

/** The defaults that are the same for every model and machine, by name. */
export const fixedDefaults: { readonly [name: string]: unknown } = Object.fromEntries(
  settingNames.flatMap((name) => {
    const row = settingRow(name);
    return 'default' in row ? [[name, row.default] as const] : [];
  }),
);
