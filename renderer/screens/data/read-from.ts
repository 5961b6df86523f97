import type { ColumnMapping, DatasetPreview } from '../../../preload/contract/operations/datasets.ts';

type PreviewRow = DatasetPreview['rows'][number];

/** The mapped fields that each cell of the preview is read from. */
const fieldsOf = {
  a: ['unsafeA', 'safeA', 'categoriesA', 'severityA', 'chosenUnsafe', 'chosenSafe', 'safer'],
  b: ['unsafeB', 'safeB', 'categoriesB', 'severityB', 'rejectedUnsafe', 'rejectedSafe', 'safer'],
  preferred: ['preferred', 'chosen', 'status'],
} as const;

const longestValue = 40;

/** What stood in the file behind a cell, as `column: value`; empty where the layout, not a mapping, decided. */
export function readFrom(row: PreviewRow, cell: keyof typeof fieldsOf, mapping: ColumnMapping): string[] {
  return fieldsOf[cell].flatMap((field) => {
    const column = mapping[field];
    // Its value is the whole response, which stands in the table already.
    if (field === 'chosen') return column === undefined ? [] : [column];
    const value = column === undefined ? undefined : row.source[column];
    if (column === undefined || value === undefined) return [];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [`${column}: ${text.length > longestValue ? `${text.slice(0, longestValue)}…` : text}`];
  });
}
