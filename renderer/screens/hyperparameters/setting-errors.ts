import { formatCount, formatNumber } from '../../kit/format.ts';
import { type SettingName, settingRow } from '../../../native-models/vocabulary/settings.ts';
import type { Bounds } from '../../../native-models/vocabulary/setting-row.ts';

/** What a number of the form may be. */
export interface NumberRange extends Bounds {
  readonly whole: boolean;
  /** Where the upper bound is the model's, in words. */
  readonly limit: string | null;
}

/** The range of a setting that is a number; `null` for others. The longest pair ends at the model's context. */
export function rangeOf(name: SettingName, contextTokens: number): NumberRange | null {
  const row = settingRow(name);
  if (row.kind !== 'number' && row.kind !== 'whole') return null;
  const { min, max, kind } = row;
  const whole = kind === 'whole';
  if (name !== 'maxLength' || contextTokens >= max) return { min, max, whole, limit: null };
  return { min, max: contextTokens, whole, limit: `The model sees ${formatCount(contextTokens)} tokens at once` };
}

/** What is wrong with a number, in words; `null` where it can be used. */
export function numberError({ min, max, whole, limit }: NumberRange, value: number): string | null {
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return null;
  const format = whole ? formatCount : formatNumber;
  const range = `${whole ? 'a whole number' : 'a number'} from ${format(min)} to ${format(max)}`;
  return limit !== null && value > max ? `${limit}; enter ${range}.` : `Enter ${range}.`;
}
