import { type SettingName, settingNames, settingRow } from '../../../native-models/vocabulary/settings.ts';
import { settingGroupNames, type SettingGroupName } from '../../../native-models/vocabulary/setting-row.ts';

export interface SettingGroup {
  readonly title: SettingGroupName;
  readonly common: readonly SettingName[];
  /** One disclosure away. */
  readonly advanced: readonly SettingName[];
}

/** Every setting of a run, in the order of the page. */
export const settingGroups: readonly SettingGroup[] = settingGroupNames.map((title) => {
  const names = settingNames.filter((name) => settingRow(name).group === title);
  return {
    title,
    common: names.filter((name) => settingRow(name).advanced !== true),
    advanced: names.filter((name) => settingRow(name).advanced === true),
  };
});
