/** How numpy, pandas, polars and spreadsheets write "no value" where a verdict or a choice is expected. */
const words = new Set(['', 'nan', 'nat', 'none', 'null', '<na>', 'n/a', '#n/a']);

/**
 * Whether a cell of text or messages holds nothing: absent, null, or the NaN that Parquet and pandas put in its place.
 */
export function isAbsent(value: unknown): value is null | undefined | number {
  return value === undefined || value === null || Number.isNaN(value);
}

/** Whether a verdict, choice or severity was left out: absent, empty, or a word for it such as `NaN` and `NaT`. */
export function isMissing(value: unknown): boolean {
  return isAbsent(value) || (typeof value === 'string' && words.has(value.trim().toLowerCase()));
}

/** Whether a cell adds nothing to a prompt: absent, blank, or an empty list or object, also as JSON text. */
export function isBlank(value: unknown): boolean {
  if (isAbsent(value)) return true;
  if (typeof value === 'string') return ['', '[]', '{}', 'null', 'nan'].includes(value.trim().toLowerCase());
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
