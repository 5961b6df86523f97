import { isRecord, maximumRowBytes, type RowIssue, type SourceRow } from './row.ts';
import type { Slice } from './slice.ts';
import { firstInvalidUtf8 } from './utf8.ts';

/**
 * Rows nest a few levels deep (a list of messages, an object of categories); anything deeper is refused before it is
 * parsed.
 */
const maximumDepth = 32;

/** Far more than a row with its messages, scores and categories names. */
const mostRowKeys = 10_000;

/** Parses the JSON text of one row; a row that is not one plain object comes back with the reason. */
export function jsonRow(row: number, slice: Slice, mostKeys = mostRowKeys): SourceRow {
  const { line } = slice;
  const broken = (code: string, message: string): SourceRow => {
    const issue: RowIssue = { row, line, field: '', code, message: `Line ${line}: ${message}` };
    return { row, line, issue, raw: slice.bytes.toString('utf8') };
  };
  if (slice.tooLong) {
    return broken(
      'row-too-long',
      `the row is longer than ${maximumRowBytes} bytes. Check that the file has one row per line and no binary data.`,
    );
  }
  const invalid = firstInvalidUtf8(slice.bytes);
  if (invalid >= 0)
    return broken(
      'invalid-utf8',
      `byte ${slice.byteOffset + invalid} of the text is not UTF-8. Save the file as UTF-8.`,
    );
  const text = slice.bytes.toString('utf8');
  const shape = scan(text);
  if (shape.depth > maximumDepth)
    return broken('json-too-deep', `the row nests ${shape.depth} levels deep; at most ${maximumDepth} are read.`);
  if (shape.keys > mostKeys)
    return broken(
      'json-too-many-keys',
      `the row names ${shape.keys} keys; at most ${mostKeys} are read. Check that each row is one example.`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (shape.notFinite !== null)
      return broken('json-not-finite', `${shape.notFinite} is not JSON. Write null, or leave the field out.`);
    return broken('json-syntax', `not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(value))
    return broken('row-not-an-object', `expected an object with named fields, found ${describe(value)}.`);
  if (shape.keys !== countKeys(value))
    return broken(
      'json-duplicate-key',
      'an object names the same key twice, so its value is ambiguous. Remove one of them.',
    );
  return { row, line, value };
}

/**
 * Looks at what lies outside strings: how deep it nests, how many keys it names (each has one colon), and the tokens
 * `NaN` and `Infinity` that Python writes. `JSON.parse` keeps the last of two equal keys without a word, so the count
 * tells.
 */
function scan(text: string): { depth: number; keys: number; notFinite: string | null } {
  let level = 0;
  let depth = 0;
  let keys = 0;
  let notFinite: string | null = null;
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 0x22:
        index = endOfString(text, index);
        break;
      case 0x3a:
        keys += 1;
        break;
      case 0x5b:
      case 0x7b:
        level += 1;
        if (level > depth) depth = level;
        break;
      case 0x5d:
      case 0x7d:
        level -= 1;
        break;
      case 0x4e:
        if (text.startsWith('NaN', index)) notFinite = 'NaN';
        break;
      case 0x49:
        if (text.startsWith('Infinity', index)) notFinite = 'Infinity';
        break;
    }
  }
  return { depth, keys, notFinite };
}

/** Index of the quote that closes the string opened at `open`, or the end of the text. */
function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return close;
  }
  return text.length;
}

function countKeys(value: object): number {
  if (Array.isArray(value))
    return value.reduce<number>(
      (sum, item) => (typeof item === 'object' && item !== null ? sum + countKeys(item) : sum),
      0,
    );
  let count = 0;
  for (const item of Object.values(value)) {
    count += 1;
    if (typeof item === 'object' && item !== null) count += countKeys(item);
  }
  return count;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
