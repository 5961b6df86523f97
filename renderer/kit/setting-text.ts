import { formatNumber } from './format.ts';
import { settingsTable } from '../../native-models/vocabulary/settings-table.ts';

/** What a comparison of runs names beside the settings of the page: the parts of LoRA, and what was trained on what. */
const parts: { readonly [name: string]: string } = {
  loraRank: 'LoRA rank',
  loraAlpha: 'LoRA alpha',
  loraTargets: 'LoRA targets',
  model: 'Model',
  snapshot: 'Snapshot of the pairs',
};

const titles = new Map<string, { readonly title: string; readonly unit?: string }>(Object.entries(settingsTable));

/** A setting as the Settings page calls it, with its unit: `Longest pair, tokens`. */
export function settingTitle(name: string): string {
  const known = titles.get(name);
  if (known === undefined) return parts[name] ?? name;
  return known.unit === undefined ? known.title : `${known.title}, ${known.unit}`;
}

/** A setting's value in words: `on`, `none`, `rank 16, alpha 32, targets q_proj v_proj`. */
export function settingText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number') return formatNumber(value);
  if (value === null) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'all' : value.join(' ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, part]) => `${name} ${settingText(part)}`)
      .join(', ');
  return String(value);
}
