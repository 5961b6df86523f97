import { open } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';
import { badInput } from '../../../native-models/failure.ts';
import { fileFailure, statPlainFile } from '../../../native-models/files/plain-file.ts';

export type FileKind = 'json' | 'json-columns' | 'jsonl' | 'csv' | 'tsv' | 'parquet';

export interface FileShape {
  readonly kind: FileKind;
  readonly gzip: boolean;
  /** Cell separator of CSV and TSV. */
  readonly delimiter: string;
  readonly bytes: number;
}

const windowBytes = 256 * 1024;

/** First bytes of files that are no dataset, and what they are. */
const foreignMagic: readonly (readonly [string, string])[] = [
  ['PK\u0003\u0004', 'a zip archive (or an Excel workbook)'],
  ['SQLite format 3', 'an SQLite database'],
  ['ARROW1', 'an Arrow file'],
  ['\u0028\u00b5\u002f\u00fd', 'zstd-compressed'],
  ['\u00fd7zXZ', 'xz-compressed'],
  ['BZh', 'bzip2-compressed'],
  ['%PDF', 'a PDF'],
  ['GGUF', 'a GGUF model'],
  ['version https://git-lfs', 'a Git LFS pointer: the data itself was not downloaded'],
];

/**
 * Finds out what a file is: by its first bytes where they are sure (gzip, Parquet, JSON), else by its name.
 * @throws Failure `file-not-found`, `file-is-folder`, `file-not-readable`, `not-a-plain-file`, `dataset-empty`,
 * `dataset-file-type`, `text-encoding`
 */
export async function sniffFile(path: string): Promise<FileShape> {
  const { head: packed, bytes } = await readHead(path);
  if (bytes === 0) throw badInput('dataset-empty', `${path} is empty (0 bytes).`, { file: path });
  const gzip = packed[0] === 0x1f && packed[1] === 0x8b;
  const head = gzip ? await gunzipHead(packed) : packed;
  const extension = (/[.]([a-z0-9]+)([.]gz)?$/i.exec(path)?.[1] ?? '').toLowerCase();
  const start = head.subarray(0, 32).toString('latin1');
  const foreign = foreignMagic.find(([magic]) => start.startsWith(magic));
  if (foreign !== undefined) throw wrongType(path, `${path} is ${foreign[1]}.`);
  if (start.startsWith('PAR1')) {
    if (gzip)
      throw wrongType(
        path,
        `${path} is a gzipped Parquet file: unpack it first, Parquet compresses its columns itself.`,
      );
    return { kind: 'parquet', gzip, delimiter: '', bytes };
  }
  if (extension === 'parquet') throw wrongType(path, `${path} is named .parquet but does not start with PAR1.`);
  const text = decodeHead(head);
  const kind = textKind(text, extension);
  if (kind === null)
    throw wrongType(
      path,
      `${path}: ${extension === '' ? 'a name without an extension' : `.${extension}`} does not say what it ` +
        'is, and it does not start like JSON.',
    );
  return { kind, gzip, delimiter: kind === 'tsv' ? '\t' : delimiterOf(text), bytes };
}

function wrongType(path: string, what: string): Error {
  return badInput('dataset-file-type', `${what} Expected .json, .jsonl, .csv or .tsv (each also .gz), or .parquet.`, {
    file: path,
  });
}

async function readHead(path: string): Promise<{ head: Buffer; bytes: number }> {
  const { size } = await statPlainFile(path);
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(windowBytes), 0, windowBytes, 0);
    return { head: buffer.subarray(0, bytesRead), bytes: size };
  } catch (error) {
    throw fileFailure(path, error);
  }
}

/** What a piece unpacks to, as far as the look goes; damage is reported by the reader, which sees the whole file. */
async function gunzipHead(packed: Buffer): Promise<Buffer> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.end(packed);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of gunzip) {
      if (!Buffer.isBuffer(piece)) continue;
      pieces.push(piece);
      bytes += piece.length;
      if (bytes >= windowBytes) break;
    }
  } catch {
    return Buffer.concat(pieces);
  }
  return Buffer.concat(pieces).subarray(0, windowBytes);
}

function decodeHead(head: Buffer): string {
  const encoding =
    head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(head);
}

function textKind(text: string, extension: string): FileKind | null {
  const trimmed = text.trimStart();
  const named = ({ json: 'json', jsonl: 'jsonl', ndjson: 'jsonl', csv: 'csv', tsv: 'tsv' } as const)[extension] ?? null;
  if (trimmed.startsWith('[') && named !== 'csv' && named !== 'tsv') return 'json';
  if (!trimmed.startsWith('{')) return named;
  if (startsWithObjectLine(trimmed)) return 'jsonl';
  if (named === 'jsonl' || named === 'csv' || named === 'tsv') return named;
  return /"data"\s*:\s*\[\s*[{\]]/.test(trimmed) ? 'json' : 'json-columns';
}

/** Whether the first line is a complete object that another line follows. */
function startsWithObjectLine(text: string): boolean {
  const end = text.indexOf('\n');
  if (end < 0 || text.slice(end).trim() === '') return false;
  try {
    JSON.parse(text.slice(0, end));
    return true;
  } catch {
    return false;
  }
}

function delimiterOf(text: string): string {
  const header = new Set(text.slice(0, text.search(/[\r\n]|$/)));
  return [',', ';', '\t'].find((delimiter) => header.has(delimiter)) ?? ',';
}
