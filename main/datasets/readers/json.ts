import { badInput } from '../../../native-models/failure.ts';
import { splitElements } from './elements.ts';
import { jsonRow } from './json-row.ts';
import { isRecord, type SourceRow } from './row.ts';

/**
 * Columns lie one after the other, so no row is complete before the last column is read: this form must fit in memory.
 */
const maximumColumnBytes = 64 * 1024 * 1024;

/** Rows of JSON text: a list of objects, or an object with that list under `data`. */
export async function* readJson(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<SourceRow> {
  let row = 0;
  for await (const slice of splitElements(chunks, path)) {
    row += 1;
    yield jsonRow(row, slice);
  }
}

/**
 * Rows of JSON text in column form: `{"prompt": [...], "chosen": [...]}` or pandas' `{"prompt": {"0": ...}}`.
 * @throws Failure `json-columns-too-large`, `json-syntax`, `json-without-rows`, `json-columns-differ`
 */
export async function* readJsonColumns(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<SourceRow> {
  const columns = Object.entries(await readWhole(chunks, path)).map(
    ([name, column]) => [name, isRecord(column) ? Object.values(column) : column] as const,
  );
  const lists = columns.flatMap(([name, column]) =>
    Array.isArray(column) ? [{ name, values: column as unknown[] }] : [],
  );
  const [first] = lists;
  if (first === undefined || lists.length < columns.length) {
    throw badInput(
      'json-without-rows',
      `${path} is one object with the keys ${columns.map(([name]) => name).join(', ')}, not a list of rows. ` +
        'Expected a list of row objects, or one list for each column.',
      { file: path },
    );
  }
  for (const { name, values } of lists) {
    if (values.length !== first.values.length) {
      throw badInput(
        'json-columns-differ',
        `${path}: column ${name} has ${values.length} values, ${first.name} has ${first.values.length}. All ` +
          'columns need the same number.',
        { file: path, column: name },
      );
    }
  }
  for (let index = 0; index < first.values.length; index += 1) {
    yield {
      row: index + 1,
      line: null,
      value: Object.fromEntries(lists.map(({ name, values }) => [name, values[index]])),
    };
  }
}

async function readWhole(chunks: AsyncIterable<Buffer>, path: string): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    pieces.push(chunk);
    if (bytes > maximumColumnBytes) {
      throw badInput(
        'json-columns-too-large',
        `${path} is one JSON object of more than ${maximumColumnBytes} bytes, which has to be held in ` +
          'memory as a whole. Save it as JSON Lines (one object per line).',
        { file: path },
      );
    }
  }
  const result = jsonRow(
    1,
    { line: 1, byteOffset: 0, bytes: Buffer.concat(pieces), tooLong: false },
    Number.POSITIVE_INFINITY,
  );
  if ('issue' in result) throw badInput(result.issue.code, `${path}: ${result.issue.message}`, { file: path });
  return result.value;
}
