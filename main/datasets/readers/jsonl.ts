import { jsonRow } from './json-row.ts';
import { splitLines } from './lines.ts';
import type { SourceRow } from './row.ts';

/** Rows of JSON Lines text: one object per line, blank lines skipped. A bad line costs only itself. */
export async function* readJsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<SourceRow> {
  let row = 0;
  for await (const slice of splitLines(chunks)) {
    if (!slice.tooLong && isBlank(slice.bytes)) continue;
    row += 1;
    yield jsonRow(row, slice);
  }
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  return true;
}
