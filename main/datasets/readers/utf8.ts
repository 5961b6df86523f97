import { isUtf8 } from 'node:buffer';
import { badInput } from '../../../native-models/failure.ts';

/** Index of the first byte that is not UTF-8, or -1. */
export function firstInvalidUtf8(bytes: Buffer): number {
  if (isUtf8(bytes)) return -1;
  // Decoding writes a replacement character for what it cannot read, so the copy first differs there.
  const copy = Buffer.from(bytes.toString('utf8'));
  for (let index = 0; index < bytes.length; index += 1) if (bytes[index] !== copy[index]) return index;
  return bytes.length;
}

/**
 * Passes chunks on once they are known to be UTF-8, never cutting inside a character.
 * @throws Failure `invalid-utf8` with the byte offset
 */
export async function* onlyUtf8(chunks: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let offset = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.length - incompleteTail(bytes);
    const whole = bytes.subarray(0, end);
    check(whole, offset, path);
    rest = Buffer.from(bytes.subarray(end));
    offset += end;
    if (whole.length > 0) yield whole;
  }
  check(rest, offset, path);
  if (rest.length > 0) yield rest;
}

/** How many bytes at the end begin a character that is not complete yet (0 to 3). */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? back : 0;
    }
  }
  return 0;
}

function check(bytes: Buffer, offset: number, path: string): void {
  const invalid = firstInvalidUtf8(bytes);
  if (invalid < 0) return;
  const byteOffset = offset + invalid;
  throw badInput('invalid-utf8', `${path} is not UTF-8 text at byte ${byteOffset}. Save the file as UTF-8.`, {
    file: path,
    byteOffset,
    expected: 'UTF-8',
  });
}
