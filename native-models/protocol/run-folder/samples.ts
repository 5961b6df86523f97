import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../files/atomic-file.ts';

/**
 * A line of `samples.jsonl` in a run folder: what the model answered after `step` steps; step 0 is the model before
 * training.
 */
const runSample = z.object({ step: z.int(), prompt: z.string(), text: z.string() });
export type RunSample = z.infer<typeof runSample>;

function samplesPath(runFolder: string): string {
  return join(runFolder, 'samples.jsonl');
}

function linesOf(samples: readonly RunSample[]): string {
  return samples.map((sample) => `${JSON.stringify(sample)}\n`).join('');
}

/** The samples of a run so far; none before its engine began. A line cut short by a kill is left out. */
export async function readRunSamples(runFolder: string): Promise<readonly RunSample[]> {
  const file = samplesPath(runFolder);
  if (!existsSync(file)) return [];
  return (await readFile(file, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => runSample.parse(JSON.parse(line)));
}

/** Keeps only these samples. Throws `disk-full`, `folder-not-writable`. */
export async function replaceRunSamples(runFolder: string, samples: readonly RunSample[]): Promise<void> {
  await writeAtomically(samplesPath(runFolder), [Buffer.from(linesOf(samples))]);
}

export async function appendRunSamples(runFolder: string, samples: readonly RunSample[]): Promise<void> {
  await appendFile(samplesPath(runFolder), linesOf(samples));
}
