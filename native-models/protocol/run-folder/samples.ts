import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * A line of `samples.jsonl` in a run folder: what the model answered after `step` steps; step 0 is the model before
 * training.
 */
const runSample = z.object({ step: z.int(), prompt: z.string(), text: z.string() });
export type RunSample = z.infer<typeof runSample>;

/** The samples of a run so far; none before its engine began. A line cut short by a kill is left out. */
export async function readRunSamples(runFolder: string): Promise<readonly RunSample[]> {
  const file = join(runFolder, 'samples.jsonl');
  if (!existsSync(file)) return [];
  return (await readFile(file, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => runSample.parse(JSON.parse(line)));
}
