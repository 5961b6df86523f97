import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/**
 * A line of `reference.jsonl` in a run folder: the start model's summed log-probs of both responses of a pair, in nats,
 * under the hash that names pair, model and arithmetic.
 */
const referenceLine = z.object({
  key: z.string().regex(/^[0-9a-f]{64}$/),
  chosen: z.number(),
  rejected: z.number(),
});
export type ReferenceLine = Readonly<z.output<typeof referenceLine>>;

function referencePath(runFolder: string): string {
  return join(runFolder, 'reference.jsonl');
}

function text(lines: readonly ReferenceLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** The whole lines so far; none where there is no file. A line without its closing brace was cut short by a kill. */
export async function* readReferences(runFolder: string): AsyncGenerator<ReferenceLine> {
  const file = referencePath(runFolder);
  if (!existsSync(file)) return;
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line.endsWith('}')) yield referenceLine.parse(JSON.parse(line));
}

/** Writes the file anew. */
export function writeReferencesSync(runFolder: string, lines: readonly ReferenceLine[]): void {
  writeFileSync(referencePath(runFolder), text(lines));
}

export async function appendReferences(runFolder: string, lines: readonly ReferenceLine[]): Promise<void> {
  await appendFile(referencePath(runFolder), text(lines));
}

/** Ends a line that a kill cut short, so that what is appended starts a line of its own. */
export async function closeReferences(runFolder: string): Promise<void> {
  const file = referencePath(runFolder);
  if (existsSync(file) && !(await readFile(file, 'utf8')).endsWith('\n')) await appendFile(file, '\n');
}
