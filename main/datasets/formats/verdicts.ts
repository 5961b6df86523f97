import type { Preferred, Severity, Side } from '../../../preload/contract/pairs.ts';
import { isRecord } from '../readers/row.ts';
import { shown, type Problems } from './problems.ts';

const yes = new Set(['true', 'yes', '1', '1.0', 't', 'y']);
const no = new Set(['false', 'no', '0', '0.0', 'f', 'n']);
const safeWords = new Set(['safe', 'unharmful', 'harmless']);
const unsafeWords = new Set(['unsafe', 'harmful']);

/**
 * Reads a safety verdict as `unsafe` true or false: booleans, 0/1, and words. `meansSafe` says that the column's "true"
 * means safe; the words "safe" and "unsafe" mean themselves in either sort of column. Missing or empty is `null`: nobody
 * has said, which never means safe.
 */
export function readUnsafe(value: unknown, column: string, meansSafe: boolean, problems: Problems): boolean | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'boolean') return value !== meansSafe;
  if (value === 0 || value === 1) return (value === 1) !== meansSafe;
  if (typeof value === 'string') {
    const word = value.trim().toLowerCase();
    if (yes.has(word)) return !meansSafe;
    if (no.has(word)) return meansSafe;
    if (unsafeWords.has(word)) return true;
    if (safeWords.has(word)) return false;
  }
  return problems.add('unknown-verdict', column, `found ${shown(value)}; expected true or false, 0 or 1, "safe" or "unsafe". Mend it, or leave it empty: the pair then waits for a verdict.`);
}

const sideWords: ReadonlyMap<string, Side> = new Map([
  ...['0', '0.0', 'a', 'left', 'first', 'response_0', 'response_a', 'model_a', 'responsea'].map((word) => [word, 'a'] as const),
  ...['1', '1.0', 'b', 'right', 'second', 'response_1', 'response_b', 'model_b', 'responseb'].map((word) => [word, 'b'] as const),
]);
const tieWords = new Set(['tie', 'equal', 'both', 'same']);

/** Reads which response is meant: 0/1 as in PKU-SafeRLHF, a/b, left/right, or a tie. Missing or empty is `null`. */
export function readPreferred(value: unknown, column: string, problems: Problems): Preferred {
  if (value === undefined || value === null || value === '') return null;
  const word = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
  const side = sideWords.get(word);
  if (side !== undefined) return side;
  if (tieWords.has(word)) return 'tie';
  return problems.add('unknown-preferred', column, `found ${shown(value)}; expected 0 or a (first response), 1 or b (second), tie, or nothing.`);
}

/** Reads a severity 0 to 3 (PKU-SafeRLHF 2024); missing or empty is `null`. */
export function readSeverity(value: unknown, column: string, problems: Problems): Severity | null {
  if (value === undefined || value === null || value === '') return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (number === 0 || number === 1 || number === 2 || number === 3) return number;
  return problems.add('bad-severity', column, `found ${shown(value)}; expected 0 (none), 1 (minor), 2 (moderate) or 3 (severe).`);
}

/**
 * Reads harm categories: an object of name to boolean, a list of names, either as JSON text, or one name.
 * Names are never split at commas: BeaverTails' own names hold commas.
 */
export function readCategories(value: unknown, column: string, problems: Problems): readonly string[] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'string') {
    const parsed = /^[[{]/.test(value) ? parseJson(value) : undefined;
    return parsed === undefined ? [value] : readCategories(parsed, column, problems);
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
  problems.add('bad-categories', column, `found ${shown(value)}; expected an object of category names to true or false, or a list of names.`);
  return [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
