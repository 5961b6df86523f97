import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from './csv.ts';
import { readJson } from './json.ts';
import { readJsonLines } from './jsonl.ts';
import type { SourceRow } from './row.ts';

/** Cuts bytes at the given places. */
async function* cut(bytes: Buffer, places: readonly number[]): AsyncGenerator<Buffer> {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((left, right) => left - right);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function values(rows: AsyncIterable<SourceRow>): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const row of rows) read.push('issue' in row ? row.issue : row.value);
  return read;
}

const text = fc.string({
  unit: fc.constantFrom('a', 'ü', '🙂', '"', '\\', '\n', '\r\n', '{', '}', '[', ']', ',', ':', 'NaN', ' '),
});
const rows = fc.array(fc.record({ prompt: text, list: fc.array(fc.record({ content: text })) }), {
  minLength: 1,
  maxLength: 6,
});
const places = fc.array(fc.nat(), { maxLength: 30 });
const csvCell = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

test('JSON Lines, JSON and CSV give the same rows wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(rows, places, fc.boolean(), async (expected, cuts, pretty) => {
      const jsonLines = Buffer.from(expected.map((row) => JSON.stringify(row)).join('\r\n'));
      expect(await values(readJsonLines(cut(jsonLines, cuts)))).toEqual(expected);
      const list = Buffer.from(JSON.stringify(expected, null, pretty ? 2 : 0));
      expect(await values(readJson(cut(list, cuts), 'rows.json'))).toEqual(expected);
      const underData = Buffer.from(JSON.stringify({ before: expected, data: expected, after: 1 }));
      expect(await values(readJson(cut(underData, cuts), 'rows.json'))).toEqual(expected);
      const table = Buffer.from(`prompt,other\n${expected.map(({ prompt }) => `${csvCell(prompt)},x`).join('\n')}\n`);
      expect(await values(readCsv(cut(table, cuts), 'rows.csv', ','))).toEqual(
        expected.map(({ prompt }) => ({ prompt, other: 'x' })),
      );
    }),
    { numRuns: 200, seed: 1 },
  );
});
