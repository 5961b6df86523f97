import type { SourceRow } from '../readers/row.ts';
import { cellAt, type Mapping } from './fields.ts';
import { valueFields, valueKey, type ValueField } from './meanings.ts';

/** A column of choices has a handful of values; one with more holds something else, and counting stops. */
const mostValues = 60;

/** The values that the rows of a file have in the columns of choices and verdicts. */
export interface Survey {
  readonly counts: ReadonlyMap<ValueField, ReadonlyMap<string, number>>;
  /** Fields whose columns have too many values to be choices. */
  readonly crowded: ReadonlySet<ValueField>;
  readonly rows: number;
  /** Whether every row was looked at. */
  readonly complete: boolean;
}

/** The fields of a mapping whose values need a meaning. */
export function fieldsToSurvey(mapping: Mapping): readonly ValueField[] {
  return valueFields.filter((field) => mapping[field] !== undefined);
}

/** How much of a file is looked at: all of it, unless told otherwise. */
export interface SurveyOptions {
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Counts the values of the rows; unreadable rows count for nothing. Without choices or verdicts no row is read. */
export async function surveyRows(
  rows: AsyncIterable<SourceRow>,
  mapping: Mapping,
  { limit = Number.POSITIVE_INFINITY, signal }: SurveyOptions = {},
): Promise<Survey> {
  const columns = fieldsToSurvey(mapping).map((field) => ({
    field,
    column: mapping[field] ?? '',
    counts: new Map<string, number>(),
  }));
  const crowded = new Set<ValueField>();
  let seen = 0;
  let complete = true;
  if (columns.length === 0) return { counts: new Map(), crowded, rows: seen, complete };
  for await (const row of rows) {
    if (signal?.aborted === true) break;
    if (seen === limit) {
      complete = false;
      break;
    }
    seen += 1;
    if ('issue' in row) continue;
    for (const { field, column, counts } of columns) {
      const key = valueKey(cellAt(row.value, column));
      if (key === null) continue;
      const before = counts.get(key);
      if (before === undefined && counts.size === mostValues) crowded.add(field);
      else counts.set(key, (before ?? 0) + 1);
    }
  }
  return { counts: new Map(columns.map(({ field, counts }) => [field, counts])), crowded, rows: seen, complete };
}
