import { openText } from './bytes.ts';
import { readCsv } from './csv.ts';
import { readJson, readJsonColumns } from './json.ts';
import { readJsonLines } from './jsonl.ts';
import { openParquet } from './parquet.ts';
import type { SourceRow } from './row.ts';
import { sniffFile, type FileKind } from './sniff.ts';

/** A dataset file opened for one pass over its rows. Memory does not grow with the number of rows. */
export interface OpenedFile {
  readonly kind: FileKind;
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** Bytes of it read so far. */
  bytesRead(): number;
  readonly rows: AsyncGenerator<SourceRow>;
}

/**
 * Opens a .json, .jsonl, .ndjson, .csv, .tsv (each also .gz) or .parquet file. What the content says wins over the
 * name.
 * @throws Failure with the codes of the readers in this folder, here or while the rows are read
 */
export async function openDatasetFile(path: string): Promise<OpenedFile> {
  const { kind, gzip, delimiter, bytes } = await sniffFile(path);
  if (kind === 'parquet') return { kind, bytes, ...openParquet(path) };
  const text = openText(path, gzip);
  return { kind, bytes, bytesRead: () => text.bytesRead(), rows: rowsOf(kind, text.chunks, path, delimiter) };
}

function rowsOf(
  kind: Exclude<FileKind, 'parquet'>,
  chunks: AsyncIterable<Buffer>,
  path: string,
  delimiter: string,
): AsyncGenerator<SourceRow> {
  switch (kind) {
    case 'jsonl':
      return readJsonLines(chunks);
    case 'json':
      return readJson(chunks, path);
    case 'json-columns':
      return readJsonColumns(chunks, path);
    case 'csv':
    case 'tsv':
      return readCsv(chunks, path, delimiter);
  }
}
