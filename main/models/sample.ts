import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badInput, failed } from '../../native-models/failure.ts';
import { writeFailure } from '../../native-models/files/atomic-file.ts';
import { generatePairs, heldOutPrompts } from '../../native-models/sample/world/generate.ts';

const bundledModel = fileURLToPath(new URL('../../native-models/sample/model', import.meta.url));
const seed = 7;
const pairCount = 600;

/**
 * The sample on disk: a tiny model that answers unsafely about half the time, pairs that fix it, and prompts to see it
 * by.
 */
export interface SampleFolder {
  readonly model: string;
  readonly pairs: string;
  readonly prompts: string;
}

/**
 * Writes the bundled model and its data into a new folder: `model/`, `pairs.jsonl` in the columns of PKU-SafeRLHF, and
 * `prompts.jsonl`, whose prompts no pair has. Throws `folder-not-empty`, `folder-not-writable`, `sample-missing`.
 */
export function writeSample(out: string): SampleFolder {
  const weights = join(bundledModel, 'model.safetensors');
  if (!existsSync(weights))
    throw failed(
      'sample-missing',
      `The bundled model is not in ${bundledModel}. Install the application again, or make it with npm run ` +
        'build:sample.',
      { folder: bundledModel },
    );
  if (existsSync(out) && readdirSync(out).length > 0)
    throw badInput('folder-not-empty', `${out} is not empty. Choose a new folder.`, { folder: out });
  const folder = { model: join(out, 'model'), pairs: join(out, 'pairs.jsonl'), prompts: join(out, 'prompts.jsonl') };
  try {
    mkdirSync(folder.model, { recursive: true });
    for (const name of readdirSync(bundledModel)) copyFileSync(join(bundledModel, name), join(folder.model, name));
    writeFileSync(folder.pairs, lines(generatePairs(seed, pairCount)));
    writeFileSync(folder.prompts, lines(heldOutPrompts(seed)));
    return folder;
  } catch (error) {
    throw writeFailure(out, error);
  }
}

/** The sample that a library keeps in its folder, written at the first time. Throws what `writeSample` throws. */
export function sampleIn(library: string): SampleFolder {
  const folder = join(library, 'sample');
  const sample = {
    model: join(folder, 'model'),
    pairs: join(folder, 'pairs.jsonl'),
    prompts: join(folder, 'prompts.jsonl'),
  };
  // The prompts are written last: without them a first time was cut off, and it is done again.
  if (existsSync(sample.prompts)) return sample;
  rmSync(folder, { recursive: true, force: true });
  return writeSample(folder);
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
