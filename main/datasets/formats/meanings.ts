import type { MappingField } from './fields.ts';
import { isMissing } from './missing.ts';
import { shown } from './problems.ts';

/** Fields whose cells hold a choice or a verdict, and whose values therefore need a meaning. */
export const sideFields = ['preferred', 'safer'] as const;
export const verdictFields = [
  'unsafeA',
  'unsafeB',
  'safeA',
  'safeB',
  'chosenUnsafe',
  'rejectedUnsafe',
  'chosenSafe',
  'rejectedSafe',
] as const satisfies readonly MappingField[];
export const valueFields = [...sideFields, ...verdictFields] as const;
export type ValueField = (typeof valueFields)[number];

/**
 * What a value can mean: the first or the second response, neither more than the other, a verdict, or nothing at all.
 */
export const sideMeanings = ['A', 'B', 'tie', 'unknown'] as const;
export const verdictMeanings = ['safe', 'unsafe', 'unknown'] as const;
export type SideMeaning = (typeof sideMeanings)[number];
export type VerdictMeaning = (typeof verdictMeanings)[number];
export type Meaning = SideMeaning | VerdictMeaning;

/** Meaning of each value, by {@link valueKey}. */
export type Meanings = { readonly [field in ValueField]?: ReadonlyMap<string, Meaning> };

/** Meanings a person gave, field to value to meaning, as they come from outside. */
export type GivenMeanings = { readonly [field: string]: { readonly [value: string]: string } };

export function isValueField(name: string): name is ValueField {
  return valueFields.some((field) => field === name);
}

/** The meanings that values of a field can have. */
export function meaningsOf(field: ValueField): readonly Meaning[] {
  return sideFields.some((name) => name === field) ? sideMeanings : verdictMeanings;
}

/** One spelling for values that are the same: `1`, `"1"` and `1.0`, `Tie` and `tie`. `null` where the cell is empty. */
export function valueKey(value: unknown): string | null {
  if (isMissing(value)) return null;
  const text =
    typeof value === 'string' ? value.trim().toLowerCase() : typeof value === 'object' ? shown(value) : String(value);
  return /^[+-]?\d+(\.0+)?$/.test(text) ? String(Number(text)) : text;
}

/** What a rule made of the values of one column: meanings, and why those left over make the column unreadable. */
export interface Ruling {
  readonly meanings: ReadonlyMap<string, Meaning>;
  readonly unclear: string | null;
}
