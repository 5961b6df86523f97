import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../../failure.ts';
import { messageRoles } from '../../vocabulary/lists.ts';

const message = z.object({ role: z.enum(messageRoles), content: z.string() });

/**
 * A line of `pairs.jsonl` and `heldout.jsonl`. A verdict is `null` where nobody gave one, which only objectives without
 * safety labels allow.
 */
const snapshotPair = z.object({
  prompt: z.array(message).readonly(),
  chosen: z.string(),
  rejected: z.string(),
  chosenUnsafe: z.boolean().nullable(),
  rejectedUnsafe: z.boolean().nullable(),
});
export type SnapshotPair = Readonly<z.output<typeof snapshotPair>>;

/** `pairs.jsonl` of a run folder: the pairs it trains on. */
export function trainingPairsPath(runFolder: string): string {
  return join(runFolder, 'pairs.jsonl');
}

/** `heldout.jsonl` of a run folder: the pairs that are kept apart to measure it. */
export function heldOutPairsPath(runFolder: string): string {
  return join(runFolder, 'heldout.jsonl');
}

/** The training pairs of a run; an absent file has none. Throws `snapshot-invalid` naming the line. */
export function readTrainingPairs(runFolder: string): Promise<readonly SnapshotPair[]> {
  return readPairs(trainingPairsPath(runFolder));
}

/** The held-out pairs of a run; an absent file has none. Throws `snapshot-invalid` naming the line. */
export function readHeldOutPairs(runFolder: string): Promise<readonly SnapshotPair[]> {
  return readPairs(heldOutPairsPath(runFolder));
}

async function readPairs(file: string): Promise<readonly SnapshotPair[]> {
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, index) => parsePair(file, line, index + 1));
}

function parsePair(file: string, text: string, line: number): SnapshotPair {
  const invalid = (why: string): Error =>
    badInput('snapshot-invalid', `${file}, line ${line}: ${why}.`, { file, line });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`not valid JSON: ${error instanceof Error ? error.message : String(error)}. Start the run again`);
  }
  const parsed = snapshotPair.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues[0]?.message ?? 'not a pair');
}

const linesAtOnce = 1000;

/** Writes pairs to a file. Returns the SHA-256 of the bytes, which are on disk when this returns. */
export function writePairsSync(file: string, pairs: Iterable<SnapshotPair>): string {
  const digest = createHash('sha256');
  const handle = openSync(file, 'w');
  let lines: string[] = [];
  const flush = (): void => {
    const text = lines.join('');
    digest.update(text);
    appendFileSync(handle, text);
    lines = [];
  };
  try {
    for (const pair of pairs) if (lines.push(`${JSON.stringify(pair)}\n`) === linesAtOnce) flush();
    flush();
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return digest.digest('hex');
}
