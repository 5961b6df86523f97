import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { badInput } from '../../native-models/failure.ts';
import { rejectedRows, type RejectedRow } from '../library/datasets.ts';
import type { Library } from '../library/library.ts';

const pageRows = 1000;

/** The rejected rows of a dataset as CSV text, piece by piece: one line an issue, columns row, field, code, message, raw. */
export function* rejectedRowsCsv(library: Library, datasetId: number): Generator<string> {
  yield 'row,field,code,message,raw\r\n';
  let after = 0;
  for (let page = rejectedRows(library, datasetId, after, pageRows); page.length > 0; page = rejectedRows(library, datasetId, after, pageRows)) {
    for (const row of page) yield csvLine(row);
    after = page.at(-1)?.id ?? after;
  }
}

/**
 * Writes the rejected rows of a dataset to a new CSV file (UTF-8, RFC 4180).
 * @throws Failure `file-not-writable`
 */
export async function saveRejectedRows(library: Library, datasetId: number, file: string): Promise<void> {
  try {
    await pipeline(Readable.from(rejectedRowsCsv(library, datasetId)), createWriteStream(file));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error;
    throw badInput('file-not-writable', `${file} cannot be written (${error.code}). Choose another place.`, { file }, { cause: error });
  }
}

function csvLine({ row, field, code, message, excerpt }: RejectedRow): string {
  return `${[String(row), field ?? '', code, message, excerpt].map(csvCell).join(',')}\r\n`;
}

/** Quoted where needed. A cell that a spreadsheet would run as a formula gets an apostrophe before it. */
function csvCell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
