import type { SettingsPreset } from '../../../preload/contract/operations/hyperparameters.ts';
import { settingTitle } from '../../kit/setting-text.ts';
import { type TrainSettings, settingNames } from '../../../native-models/vocabulary/settings.ts';

/** Whether two values say the same, however their parts are ordered. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return Object.is(left, right);
  const [one, other] = [new Map(Object.entries(left)), new Map(Object.entries(right))];
  return (
    one.size === other.size && [...one].every(([name, value]) => other.has(name) && sameValue(value, other.get(name)))
  );
}

/** The preset whose settings these are. */
export function chosenPreset(presets: readonly SettingsPreset[], settings: TrainSettings): SettingsPreset | undefined {
  return presets.find((preset) => sameValue(preset.settings, settings));
}

/** What the settings are, where they are no preset: the model's defaults, or which of them were changed. */
export function settingsOrigin(defaults: TrainSettings, settings: TrainSettings): string {
  const changed = settingNames
    .filter((name) => !sameValue(settings[name], defaults[name]))
    .map((name) => settingTitle(name));
  return changed.length === 0 ? 'The defaults for this model.' : `Custom: the defaults except ${listed(changed)}.`;
}

function listed(names: readonly string[]): string {
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
