import { mappingFields, type Mapping } from './fields.ts';
import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';

/** Columns that a person mapped with `--map field=column`, or that bear the names of the fields (`response_a` counts as `responseA`). */
export const mapped: DatasetFormat = {
  name: 'mapped',
  detect(sample) {
    const plainName = (name: string): string => name.replaceAll(/[_\s-]/g, '').toLowerCase();
    const found = mappingFields.flatMap((field) => {
      const column = sample.columns.find(({ name }) => plainName(name) === field.toLowerCase());
      return column === undefined ? [] : [[field, column.name] as const];
    });
    const mapping: Mapping = Object.fromEntries(found);
    if (!isComplete(mapping) || mapping.prompt === undefined) return null;
    return { reason: `columns bear the names of the fields: ${found.map(([field]) => field).join(', ')}`, mapping };
  },
  parse: (rows, mapping) => parseEachRow(rows, mappedRow(mapping)),
};

/** Whether a mapping names both responses; the prompt may be inside them. */
export function isComplete(mapping: Mapping): boolean {
  return (mapping.chosen !== undefined && mapping.rejected !== undefined) || (mapping.responseA !== undefined && mapping.responseB !== undefined);
}
