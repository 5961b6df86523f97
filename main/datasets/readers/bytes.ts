import { TextDecoder } from 'node:util';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { badInput, Failure } from '../../../native-models/failure.ts';

/** The content of a text file as UTF-8 chunks without byte order mark. */
export interface TextSource {
  readonly chunks: AsyncGenerator<Buffer>;
  /** Bytes of the file itself (compressed, where it is) read so far. */
  bytesRead(): number;
}

/**
 * Reads a text file in chunks: unpacks gzip, drops a UTF-8 byte order mark and decodes UTF-16 with one.
 * @throws Failure `gzip-truncated`, `gzip-corrupt`, `text-encoding`
 */
export function openText(path: string, gzip: boolean): TextSource {
  let file: ReturnType<typeof createReadStream> | undefined;
  // Opened with the first chunk asked for, so that rows nobody reads hold no file and raise no error.
  async function* chunks(): AsyncGenerator<Buffer> {
    file = createReadStream(path, { highWaterMark: 256 * 1024 });
    yield* asUtf8(gzip ? unpack(file, path) : plain(file), path);
  }
  return { chunks: chunks(), bytesRead: () => file?.bytesRead ?? 0 };
}

async function* plain(file: ReturnType<typeof createReadStream>): AsyncGenerator<Buffer> {
  for await (const chunk of file) if (Buffer.isBuffer(chunk)) yield chunk;
}

async function* unpack(file: ReturnType<typeof createReadStream>, path: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip)) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    throw gzipFailure(error, path);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function gzipFailure(error: unknown, path: string): unknown {
  if (
    !(error instanceof Error) ||
    error instanceof Failure ||
    !('code' in error) ||
    typeof error.code !== 'string' ||
    !error.code.startsWith('Z_')
  )
    return error;
  if (error.code === 'Z_BUF_ERROR') {
    return badInput(
      'gzip-truncated',
      `${path} ends in the middle of its gzip data. Download or copy the file again.`,
      { file: path },
      { cause: error },
    );
  }
  return badInput(
    'gzip-corrupt',
    `${path} holds damaged gzip data (${error.message}). Download or copy the file again.`,
    { file: path },
    { cause: error },
  );
}

/** Bytes decide the encoding before anything is yielded: at least four, unless the file is shorter. */
async function* asUtf8(chunks: AsyncGenerator<Buffer>, path: string): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  let decoder: TextDecoder | null = null;
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (head !== null) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 4) continue;
      decoder = utf16Decoder(head, path);
      bytes = decoder === null ? withoutByteOrderMark(head) : head;
      head = null;
    }
    yield decoder === null ? bytes : decodeUtf16(decoder, bytes, path);
  }
  if (head !== null) yield withoutByteOrderMark(head);
  if (decoder !== null) yield decodeUtf16(decoder, null, path);
}

function withoutByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function utf16Decoder(head: Buffer, path: string): TextDecoder | null {
  const isUtf32 =
    (head[0] === 0xff && head[1] === 0xfe && head[2] === 0 && head[3] === 0) || (head[0] === 0 && head[1] === 0);
  if (!isUtf32 && head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le', { fatal: true });
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be', { fatal: true });
  if (head.subarray(0, 4).includes(0)) {
    const guess = isUtf32 ? 'UTF-32 text or a binary file' : 'UTF-16 text without a byte order mark, or a binary file';
    throw badInput('text-encoding', `${path} starts with zero bytes: it is ${guess}. Save it as UTF-8.`, {
      file: path,
      expected: 'UTF-8',
    });
  }
  return null;
}

function decodeUtf16(decoder: TextDecoder, bytes: Buffer | null, path: string): Buffer {
  try {
    return Buffer.from(bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true }));
  } catch (error) {
    throw badInput(
      'text-encoding',
      `${path} says it is ${decoder.encoding} but holds bytes that are not. Save it as UTF-8.`,
      { file: path, expected: 'UTF-8' },
      { cause: error },
    );
  }
}
