import { SliceBuilder, type Slice } from './slice.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts UTF-8 chunks into lines without their line ends (LF or CRLF); empty lines are counted and left out. Memory is
 * bounded by the longest row that is read.
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Slice> {
  const builder = new SliceBuilder();
  let line = 1;
  let chunkOffset = 0;
  builder.begin(line, 0);
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      // Empty lines, which may be millions, cost a look at their bytes and no more.
      if (builder.isEmpty) {
        const from = start;
        while (chunk[start] === lineFeed) start += 1;
        line += start - from;
        builder.begin(line, chunkOffset + start);
      }
      const end = chunk.indexOf(lineFeed, start);
      if (end < 0) break;
      builder.add(chunk.subarray(start, end));
      yield withoutCarriageReturn(builder.end());
      start = end + 1;
      line += 1;
      builder.begin(line, chunkOffset + start);
    }
    if (start < chunk.length) builder.add(chunk.subarray(start));
    chunkOffset += chunk.length;
  }
  if (!builder.isEmpty) yield withoutCarriageReturn(builder.end());
}

function withoutCarriageReturn(slice: Slice): Slice {
  return slice.bytes.at(-1) === carriageReturn ? { ...slice, bytes: slice.bytes.subarray(0, -1) } : slice;
}
