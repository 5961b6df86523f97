import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';

/** Growth of the resident memory of one layer of attention in blocks, forward and backward, in a process of its own. */
function bytes(tokens: number): number {
  const bench = fileURLToPath(new URL('../bench/attention-memory.ts', import.meta.url));
  return z
    .object({ bytes: z.number() })
    .parse(JSON.parse(execFileSync(process.execPath, [bench, String(tokens), 'blocked'], { encoding: 'utf8' }))).bytes;
}

it('attention in blocks takes memory that grows with the length of rows, not with its square', () => {
  expect(bytes(2048)).toBeLessThan(2.6 * bytes(1024));
}, 120_000);
