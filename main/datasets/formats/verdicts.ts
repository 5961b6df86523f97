import { jsonValue } from '../../../native-models/files/json-file.ts';
import type { Preferred, Severity } from '../../../preload/contract/pairs.ts';
import { isRecord } from '../readers/row.ts';
import { valueKey, type Meaning, type Meanings, type ValueField } from './meanings.ts';
import { isMissing } from './missing.ts';
import { shown, type Problems } from './problems.ts';

/**
 * Reads a safety verdict as `unsafe` true or false, by what the values of its column mean. Missing or empty is `null`:
 * nobody has said, which never means safe.
 */
export function readUnsafe(
  value: unknown,
  column: string,
  field: ValueField,
  meanings: Meanings,
  problems: Problems,
): boolean | null {
  const meaning = readMeaning(value, field, meanings);
  if (meaning === 'safe' || meaning === 'unsafe') return meaning === 'unsafe';
  if (meaning !== undefined) return null;
  return problems.add(
    'unknown-verdict',
    column,
    `found ${shown(value)}; expected true or false, 0 or 1, "safe" or "unsafe". Say what this value means, ` +
      'fix it, or leave it empty: the pair then waits for a verdict.',
  );
}

/** Reads which response is meant, by what the values of its column mean. Missing, empty and "unknown" are `null`. */
export function readPreferred(
  value: unknown,
  column: string,
  field: ValueField,
  meanings: Meanings,
  problems: Problems,
): Preferred {
  const meaning = readMeaning(value, field, meanings);
  if (meaning === 'A' || meaning === 'B') return meaning === 'A' ? 'a' : 'b';
  if (meaning === 'tie') return 'tie';
  if (meaning !== undefined) return null;
  return problems.add(
    'unknown-preferred',
    column,
    `found ${shown(value)}, which does not say which response is meant. Say what this value means (A, B, ` +
      'tie, unknown), or leave it empty.',
  );
}

/** `unknown` where the cell is empty, `undefined` where its value has no meaning. */
function readMeaning(value: unknown, field: ValueField, meanings: Meanings): Meaning | undefined {
  const key = valueKey(value);
  return key === null ? 'unknown' : meanings[field]?.get(key);
}

/** Reads a severity 0 to 3 (PKU-SafeRLHF 2024); missing or empty is `null`. */
export function readSeverity(value: unknown, column: string, problems: Problems): Severity | null {
  if (isMissing(value)) return null;
  const number = typeof value === 'string' ? Number(value) : value;
  if (number === 0 || number === 1 || number === 2 || number === 3) return number;
  return problems.add(
    'bad-severity',
    column,
    `found ${shown(value)}; expected 0 (none), 1 (minor), 2 (moderate) or 3 (severe).`,
  );
}

/** Names that say a text is harmless; WildGuardMix has "benign" among its subcategories. */
const noHarm = new Set(['benign', 'safe', 'harmless', 'unharmful']);

/**
 * Reads harm categories: an object of name to boolean, a list of names, either as JSON text, or one name.
 * Names are never split at commas, since BeaverTails' own names hold commas, unless `joined` says that the column is a
 * list with commas (Aegis). Names that say that nothing is harmful are no categories.
 */
export function readCategories(value: unknown, column: string, problems: Problems, joined = false): readonly string[] {
  return namesIn(value, column, problems, joined).filter((name) => !noHarm.has(name.trim().toLowerCase()));
}

function namesIn(value: unknown, column: string, problems: Problems, joined: boolean): readonly string[] {
  if (isMissing(value)) return [];
  if (typeof value === 'string') {
    const parsed = /^[[{]/.test(value) ? jsonValue(value) : undefined;
    if (parsed !== undefined) return namesIn(parsed, column, problems, joined);
    return joined
      ? value
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '')
      : [value];
  }
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  if (isRecord(value)) {
    const names: string[] = [];
    let isReadable = true;
    for (const name in value) {
      const on = value[name];
      if (on === true || on === 1) names.push(name);
      else if (on !== false && on !== 0 && on !== null) isReadable = false;
    }
    if (isReadable) return names;
  }
  problems.add(
    'bad-categories',
    column,
    `found ${shown(value)}; expected an object of category names to true or false, or a list of names.`,
  );
  return [];
}
