import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { upgradeSettings } from './older-settings.ts';
import { badInput } from '../../failure.ts';
import { writeAtomically } from '../../files/atomic-file.ts';
import { resolvedPrecision } from '../precision.ts';
import { runSettingsSchema } from '../../vocabulary/settings-schema.ts';

/** The settings of a run as its folder and the library keep them, under today's names. */
export const storedSettingsSchema = z.preprocess(upgradeSettings, runSettingsSchema);

/** `run.json` of a run folder: what the engine is asked to train. It never sees the database. */
const job = z.object({
  id: z.string(),
  createdAt: z.string(),
  project: z.string(),
  model: z.object({ path: z.string(), sha256: z.record(z.string(), z.string()) }),
  /** Of `pairs.jsonl` and, where there is one, `heldout.jsonl`. */
  snapshot: z.object({
    sha256: z.string(),
    pairs: z.int(),
    heldOutSha256: z.string().nullable(),
    heldOutPairs: z.int(),
    labelsHead: z.string(),
  }),
  settings: storedSettingsSchema,
  /** How its texts become tokens (`tokenization` of text/encode-pair.ts); 1 where a run is older than this field. */
  tokenization: z.int().min(1).default(1),
  /** What the settings' precision came to on this machine, decided once. */
  precision: resolvedPrecision,
  /** Several steps in one run of the graph, with the optimiser's state on the device (`usesDeviceLoop`). */
  deviceLoop: z.boolean(),
  /** At its end the run times a few more steps by part of the model and by operator (`profile.json`). */
  profile: z.boolean(),
  /** What the runs of a library share, such as int4 weights; relative to the run folder. */
  cacheFolder: z.string(),
  /** The newest so many checkpoints stay, and the best one. */
  checkpointsKept: z.int().min(1),
  versions: z.object({ app: z.string(), onnxruntime: z.string(), node: z.string() }),
});
export type TrainJob = Readonly<z.output<typeof job>>;

/** `run.json` of a run folder: what makes a folder one. */
export function jobPath(runFolder: string): string {
  return join(runFolder, 'run.json');
}

/** Reads `run.json`. Throws `run-folder-invalid` naming the field. */
export async function readJob(runFolder: string): Promise<TrainJob> {
  const file = jobPath(runFolder);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw badInput(
      'run-folder-invalid',
      `${file} cannot be read, so ${runFolder} is no run folder.`,
      { file },
      { cause: error },
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badInput('run-folder-invalid', `${file} is not valid JSON: ${why}. Start the run again.`, { file });
  }
  const parsed = job.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badInput(
    'run-folder-invalid',
    `${file}: field ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'not as expected'}.`,
    { file, field: issue?.path.join('.') ?? '' },
  );
}

/** Writes `run.json`. Throws `disk-full`, `folder-not-writable`. */
export async function writeJob(runFolder: string, job: TrainJob): Promise<void> {
  await writeAtomically(jobPath(runFolder), [Buffer.from(`${JSON.stringify(job, null, 2)}\n`)]);
}

const jobOfModel = z.looseObject({ model: z.looseObject({ path: z.string() }) });

/** Lets `run.json` name another place of its start model, where `place` gives one, and leaves the rest as it is. */
export function moveModelSync(runFolder: string, place: (path: string) => string): void {
  const file = jobPath(runFolder);
  if (!existsSync(file)) return;
  const found = jobOfModel.parse(JSON.parse(readFileSync(file, 'utf8')));
  const path = place(found.model.path);
  if (path === found.model.path) return;
  writeFileSync(`${file}.partial`, `${JSON.stringify({ ...found, model: { ...found.model, path } }, null, 2)}\n`);
  renameSync(`${file}.partial`, file);
}
