import { clashingRows } from './store/clashes.ts';
import { csvRow } from '../library/csv-cell.ts';
import { rejectedRows } from './store/datasets.ts';
import type { Library } from '../library/library.ts';

const pageRows = 1000;

/** The rejected rows of a dataset as CSV text (RFC 4180), piece by piece: one line an issue. */
export function* rejectedRowsCsv(library: Library, datasetId: number): Generator<string> {
  yield csvLine(['row', 'field', 'code', 'message', 'raw']);
  for (const { row, field, code, message, excerpt } of everyPage((after) =>
    rejectedRows(library, datasetId, after, pageRows),
  ))
    yield csvLine([row, field, code, message, excerpt]);
}

const labelColumns = ['preferred', 'safer', 'unsafe_a', 'unsafe_b'];

/**
 * The rows of a dataset that contradict the pair kept as CSV text (RFC 4180), piece by piece: the row's own labels
 * beside those that the pair kept was imported with. Prompts are shortened.
 */
export function* clashingRowsCsv(library: Library, datasetId: number): Generator<string> {
  yield csvLine([
    'row',
    'pair',
    'prompt',
    ...labelColumns.map((name) => `row_${name}`),
    ...labelColumns.map((name) => `kept_${name}`),
  ]);
  for (const { row, pairId, prompt, said, kept } of everyPage((after) =>
    clashingRows(library, datasetId, after, pageRows),
  ))
    yield csvLine([
      row,
      pairId,
      prompt,
      ...[said, kept].flatMap(({ preferred, safer, unsafe }) => [preferred, safer, unsafe.a, unsafe.b]),
    ]);
}

function* everyPage<Row extends { readonly id: number }>(read: (after: number) => readonly Row[]): Generator<Row> {
  for (let page = read(0); page.length > 0; page = read(page.at(-1)?.id ?? 0)) yield* page;
}

function csvLine(cells: Parameters<typeof csvRow>[0]): string {
  return `${csvRow(cells)}\r\n`;
}
