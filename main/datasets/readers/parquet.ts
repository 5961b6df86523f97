import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { badInput, doesNotFit } from '../../../native-models/failure.ts';
import { statPlainFile } from '../../../native-models/files/plain-file.ts';
import type { SourceRow } from './row.ts';

/** A row group is decoded as a whole; writers make them 64 to 128 MiB. */
const maximumRowGroupBytes = 512 * 1024 * 1024;

/** Values are decoded as a whole too, and a few bytes of a dictionary stand for millions of them. */
const maximumRowGroupValues = 20_000_000;

/** Rows of an opened Parquet file and how many bytes of it were decoded. */
export interface ParquetSource {
  readonly rows: AsyncGenerator<SourceRow>;
  bytesRead(): number;
}

/**
 * Reads a Parquet file row group by row group; only one is held.
 * @throws Failure `parquet-truncated`, `parquet-corrupt`, `parquet-row-group-too-large`
 */
export function openParquet(path: string): ParquetSource {
  let decodedBytes = 0;
  async function* rows(): AsyncGenerator<SourceRow> {
    await statPlainFile(path);
    const file = await asyncBufferFromFile(path);
    const metadata = await readMetadata(path, file);
    let rowStart = 0;
    for (const [index, group] of metadata.row_groups.entries()) {
      if (group.total_byte_size > maximumRowGroupBytes) {
        throw doesNotFit(
          'parquet-row-group-too-large',
          `${path}: row group ${index + 1} takes ${group.total_byte_size} bytes; at most ` +
            `${maximumRowGroupBytes} are held. Write the file with smaller row groups.`,
          { file: path, rowGroup: index + 1 },
        );
      }
      const groupValues = Number(group.num_rows) * group.columns.length;
      if (groupValues > maximumRowGroupValues) {
        throw doesNotFit(
          'parquet-row-group-too-large',
          `${path}: row group ${index + 1} has ${group.num_rows} rows of ${group.columns.length} columns; ` +
            `at most ${maximumRowGroupValues} values are held. Write the file with smaller row groups.`,
          { file: path, rowGroup: index + 1, values: groupValues, expected: maximumRowGroupValues },
        );
      }
      const rowEnd = rowStart + Number(group.num_rows);
      const values = await readGroup(path, index + 1, () =>
        parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }),
      );
      if (values.length !== rowEnd - rowStart) {
        throw badInput(
          'parquet-corrupt',
          `${path}: row group ${index + 1} holds ${values.length} rows, its header says ` +
            `${rowEnd - rowStart}. Download or copy the file again.`,
          { file: path, rowGroup: index + 1 },
        );
      }
      for (const [offset, value] of values.entries())
        yield { row: rowStart + offset + 1, line: null, value: plainObject(value) };
      rowStart = rowEnd;
      decodedBytes += group.columns.reduce(
        (sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0),
        0,
      );
    }
  }
  return { rows: rows(), bytesRead: () => decodedBytes };
}

async function readMetadata(
  path: string,
  file: Awaited<ReturnType<typeof asyncBufferFromFile>>,
): Promise<FileMetaData> {
  const tail = file.byteLength < 12 ? '' : Buffer.from(await file.slice(file.byteLength - 4)).toString('latin1');
  if (tail !== 'PAR1') {
    throw badInput(
      'parquet-truncated',
      `${path} does not end like a Parquet file (the last 4 bytes must be PAR1): it was cut off. Download ` +
        'or copy it again.',
      { file: path },
    );
  }
  try {
    return await parquetMetadataAsync(file);
  } catch (error) {
    throw badInput(
      'parquet-corrupt',
      `${path}: the Parquet footer cannot be read (${reason(error)}). Download or copy the file again.`,
      { file: path },
      { cause: error },
    );
  }
}

async function readGroup<T>(path: string, rowGroup: number, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw badInput(
      'parquet-corrupt',
      `${path}: row group ${rowGroup} cannot be read (${reason(error)}). Download or copy the file again.`,
      { file: path, rowGroup },
      { cause: error },
    );
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function plainObject(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}

/** 64-bit integers and dates as the JSON formats would give them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
  return value;
}
