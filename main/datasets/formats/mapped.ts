import { mappingFields, type Mapping } from './fields.ts';
import { parseEachRow, type DatasetFormat } from './format.ts';
import { mappedRow } from './mapped-row.ts';
import { promptParts } from './prompt-parts.ts';
import { firstColumn } from './sample.ts';

/** Other names of `preferred`: Chatbot Arena's, and what annotation tools call it. */
const winners = ['winner', 'better_response', 'preference', 'choice'];

/**
 * Columns that a person mapped with `--map field=column`, or that bear the names of the fields (`response_a` counts as
 * `responseA`).
 */
export const mapped: DatasetFormat = {
  name: 'mapped',
  detect(sample) {
    const plainName = (name: string): string => name.replaceAll(/[_\s-]/g, '').toLowerCase();
    // `input` and `context` are joined to a prompt in ways of their own, which a name alone does not promise.
    const found = mappingFields
      .filter((field) => field !== 'input' && field !== 'context')
      .flatMap((field) => {
        const column = sample.columns.find(({ name }) => plainName(name) === field.toLowerCase());
        return column === undefined ? [] : [[field, column.name] as const];
      });
    const named: Mapping = { ...promptParts(sample).mapping, ...Object.fromEntries(found) };
    if (!isComplete(named) || named.prompt === undefined) return null;
    const winner = named.preferred === undefined ? firstColumn(sample, winners) : undefined;
    const mapping: Mapping = winner === undefined ? named : { ...named, preferred: winner };
    const order =
      mapping.chosen === undefined && mapping.preferred === undefined
        ? '; no column says which response is more helpful, so every pair waits for that'
        : '';
    return {
      reason: `columns are named after the fields: ${Object.keys(mapping).join(', ')}${order}`,
      mapping,
    };
  },
  parse: (rows, reading) => parseEachRow(rows, mappedRow(reading)),
};

/** Whether a mapping names both responses; the prompt may be inside them. */
export function isComplete(mapping: Mapping): boolean {
  return (
    (mapping.chosen !== undefined && mapping.rejected !== undefined) ||
    (mapping.responseA !== undefined && mapping.responseB !== undefined)
  );
}
