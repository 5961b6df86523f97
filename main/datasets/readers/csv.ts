import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { badInput, type Failure } from '../../../native-models/failure.ts';
import { isRecord, maximumRowBytes, type SourceRow } from './row.ts';
import { onlyUtf8 } from './utf8.ts';

/**
 * Rows of CSV or TSV text with a header line; every value is a string, an empty cell is `''`.
 * @throws Failure `csv-syntax` (quotes), `csv-duplicate-column`, `csv-too-many-columns`, `row-too-long`, `invalid-utf8`
 */
export async function* readCsv(
  chunks: AsyncIterable<Buffer>,
  path: string,
  delimiter: string,
): AsyncGenerator<SourceRow> {
  const parser = parse({
    delimiter,
    columns: (header: string[]) => checkHeader(header, path),
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maximumRowBytes,
  });
  // The error reaches us through the parser, which the pipeline destroys with it.
  pipeline(Readable.from(onlyUtf8(chunks, path)), parser, () => undefined);
  let row = 0;
  let line = 2;
  try {
    for await (const item of parser) {
      row += 1;
      yield toRow(item, row, line);
      line = parser.info.lines + 1;
    }
  } catch (error) {
    throw error instanceof CsvError ? csvFailure(error, path, row + 1) : error;
  } finally {
    parser.destroy();
  }
}

function toRow(item: unknown, row: number, startLine: number): SourceRow {
  if (!isRecord(item) || !isRecord(item['record']) || !isRecord(item['info']))
    throw new TypeError('csv-parse gave no record');
  const { record, info } = item;
  const line = typeof info['lines'] === 'number' ? info['lines'] : startLine;
  if (info['error'] instanceof CsvError) {
    const message =
      `Line ${line}: the row does not have as many cells as the header. Check for unquoted separators or a ` +
      'missing cell.';
    return {
      row,
      line,
      issue: { row, line, field: '', code: 'csv-column-count', message },
      raw: JSON.stringify(record),
    };
  }
  return { row, line, value: record };
}

/** Wider than any table of preferences. */
const mostColumns = 1000;

function checkHeader(header: string[], path: string): string[] {
  if (header.length > mostColumns) {
    throw badInput(
      'csv-too-many-columns',
      `${path}: the header names ${header.length} columns; at most ${mostColumns} are read. Check the ` +
        'separator, or keep only the columns that are needed.',
      { file: path, line: 1, columns: header.length, expected: mostColumns },
    );
  }
  const names = header.map((name, index) => (name.trim() === '' ? `column_${index + 1}` : name.trim()));
  const seen = new Set<string>();
  const repeated = names.find((name) => seen.size === seen.add(name).size);
  if (repeated !== undefined) {
    throw badInput(
      'csv-duplicate-column',
      `${path}: the header names the column "${repeated}" twice. Rename one of them.`,
      { file: path, line: 1, column: repeated },
    );
  }
  return names;
}

function csvFailure(error: CsvError, path: string, row: number): Failure {
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return badInput(
      'row-too-long',
      `${path}: row ${row} is longer than ${maximumRowBytes} bytes. Check for an unclosed quote.`,
      { file: path, row },
      { cause: error },
    );
  }
  return badInput(
    'csv-syntax',
    `${path}: row ${row}: ${error.message}. Quotes inside a quoted cell are written twice ("").`,
    { file: path, row },
    { cause: error },
  );
}
