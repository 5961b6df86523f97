import type { TrainSettingsView } from '../../../preload/contract/operations/hyperparameters.ts';
import { formatCount, formatNumber } from '../../kit/format.ts';
import type { NumberSetting, SettingControl } from './setting-groups.ts';

export type NumberControl = Extract<SettingControl, { readonly kind: 'number' }>;

/** A control with its upper bound as the model has it. */
export function boundedBy(setting: NumberControl, contextTokens: number | null): NumberControl {
  return setting.name === 'maxLength' && contextTokens !== null
    ? { ...setting, max: Math.min(setting.max, contextTokens) }
    : setting;
}

/** What is wrong with a number, in words; `null` where it can be used. */
export function numberError({ name, min, max, whole }: NumberControl, value: number): string | null {
  const kind = whole === true ? 'a whole number' : 'a number';
  const range = `${kind} from ${formatNumber(min)} to ${whole === true ? formatCount(max) : formatNumber(max)}`;
  if (Number.isNaN(value)) return `Enter ${range}.`;
  if (value < min || value > max || (whole === true && !Number.isInteger(value)))
    return name === 'maxLength' && value > max
      ? `The model sees ${formatCount(max)} tokens at once; enter ${range}.`
      : `Enter ${range}.`;
  return null;
}

/** The settings that cannot be used, among the numbers of the form. */
export function wrongSettings(
  settings: TrainSettingsView,
  controls: readonly SettingControl[],
  contextTokens: number | null,
): NumberSetting[] {
  const numbers = controls.filter((control): control is NumberControl => control.kind === 'number');
  return numbers
    .filter((control) => numberError(boundedBy(control, contextTokens), settings[control.name]) !== null)
    .map(({ name }) => name);
}
