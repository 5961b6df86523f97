/** The fields a column can be mapped to with `--map field=column`. */
export const mappingFields = [
  'prompt',
  'input',
  'context',
  'history',
  'system',
  'responseA',
  'responseB',
  'chosen',
  'rejected',
  'preferred',
  'status',
  'safer',
  'unsafeA',
  'unsafeB',
  'safeA',
  'safeB',
  'chosenUnsafe',
  'rejectedUnsafe',
  'chosenSafe',
  'rejectedSafe',
  'categoriesA',
  'categoriesB',
  'severityA',
  'severityB',
  'sha256A',
  'sha256B',
] as const;

export type MappingField = (typeof mappingFields)[number];

/**
 * Which column fills which field. A column is named as in the file, or as a path into nested values (`data.prompt`,
 * `annotations.0.result.0.value.selected`). With `chosen` and `rejected`, the chosen response becomes A and is the
 * preferred one, unless `status` says `tie`. `safe...` fields are `unsafe...` the other way round. The prompt is
 * `history`, then `context`, a blank line, `prompt`, a line break and `input` (LLaMA-Factory's Alpaca form); `system`
 * stands before all of them.
 */
export type Mapping = { readonly [field in MappingField]?: string };

export function isMappingField(name: string): name is MappingField {
  return mappingFields.some((field) => field === name);
}

/** The value a column name or path leads to; `undefined` where the row has none. */
export function cellAt(value: Readonly<Record<string, unknown>>, column: string): unknown {
  if (Object.hasOwn(value, column) || !column.includes('.')) return value[column];
  let current: unknown = value;
  for (const part of column.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = Reflect.get(current, part);
  }
  return current;
}
