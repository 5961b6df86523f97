import { appendFile, readFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { badInput } from '../failure.ts';
import { writeAtomically } from '../formats/atomic-file.ts';
import type { TrainJob } from './job.ts';
import type { RunControl } from './tasks.ts';

const message = z.object({ role: z.enum(['system', 'user', 'assistant', 'tool']), content: z.string() });

/** A line of `pairs.jsonl` and `heldout.jsonl`. A verdict is `null` where nobody gave one, which only objectives without safety labels allow. */
const snapshotPair = z.object({ prompt: z.array(message), chosen: z.string(), rejected: z.string(), chosenUnsafe: z.boolean().nullable(), rejectedUnsafe: z.boolean().nullable() });
export type SnapshotPair = z.infer<typeof snapshotPair>;

const lora = z.object({ rank: z.int().min(1), alpha: z.number(), targets: z.array(z.string()) });
const settings = z.object({
  objective: z.enum(['safedpo', 'dpo', 'dpo-safebetter', 'dpo-harmless', 'cdpo', 'ipo', 'sft']),
  beta: z.number(),
  delta: z.number(),
  labelSmoothing: z.number(),
  epochs: z.number(),
  learningRate: z.number(),
  schedule: z.enum(['cosine', 'linear', 'constant']),
  warmupShare: z.number(),
  weightDecay: z.number(),
  adamBeta1: z.number(),
  adamBeta2: z.number(),
  adamEpsilon: z.number(),
  maxGradNorm: z.number(),
  batchSize: z.int().min(1),
  accumulate: z.int().min(1),
  maxLength: z.int().min(2),
  lora: lora.nullable(),
  seed: z.int(),
  provider: z.enum(['cpu', 'cuda', 'webgpu']),
  template: z.enum(['model', 'pku', 'plain']),
  sharedPrefix: z.boolean(),
  layerCheckpointing: z.union([z.boolean(), z.literal('auto')]),
  threads: z.int().min(1),
  checkpointEverySteps: z.int().min(1),
});
const job = z.object({
  id: z.string(),
  createdAt: z.string(),
  project: z.string(),
  model: z.object({ path: z.string(), sha256: z.record(z.string(), z.string()) }),
  snapshot: z.object({ sha256: z.string(), pairs: z.int(), heldOutSha256: z.string().nullable(), heldOutPairs: z.int(), labelsHead: z.string() }),
  settings,
  versions: z.object({ app: z.string(), onnxruntime: z.string(), node: z.string() }),
});

/** Reads `run.json`. Throws `run-folder-invalid` naming the field. */
export async function readJob(runFolder: string): Promise<TrainJob> {
  const file = join(runFolder, 'run.json');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw badInput('run-folder-invalid', `${file} cannot be read, so ${runFolder} is no run folder.`, { file }, { cause: error });
  });
  const parsed = job.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badInput('run-folder-invalid', `${file}: field ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'not as expected'}.`, { file, field: issue?.path.join('.') ?? '' });
}

/** Reads `pairs.jsonl` or `heldout.jsonl`; an absent file has no pairs. Throws `snapshot-invalid` naming the line. */
export async function readSnapshot(runFolder: string, name: 'pairs.jsonl' | 'heldout.jsonl'): Promise<readonly SnapshotPair[]> {
  const file = join(runFolder, name);
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    const parsed = snapshotPair.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    throw badInput('snapshot-invalid', `${file}, line ${index + 1}: ${parsed.error.issues[0]?.message ?? 'not a pair'}.`, { file, line: index + 1 });
  });
}

/** Appends one event to `metrics.jsonl`, as one write. */
export async function appendEvent(runFolder: string, event: object): Promise<void> {
  await appendFile(join(runFolder, 'metrics.jsonl'), `${JSON.stringify(event)}\n`);
}

/**
 * Drops what `metrics.jsonl` says of steps after `step`: they will be done again. A last line cut short by a kill goes too.
 */
export async function rewindEvents(runFolder: string, step: number): Promise<void> {
  const file = join(runFolder, 'metrics.jsonl');
  if (!existsSync(file)) return;
  const kept = (await readFile(file, 'utf8')).split('\n').filter((line) => {
    if (line === '' || !line.endsWith('}')) return false;
    const { event, step: at } = JSON.parse(line);
    return event !== 'done' && event !== 'error' && event !== 'stopped' && (typeof at !== 'number' || at <= step);
  });
  await writeAtomically(file, [Buffer.from(kept.map((line) => `${line}\n`).join(''))]);
}

/** What the services ask of a running engine; `run` when they have not said anything. */
export function readControl(runFolder: string): RunControl['command'] {
  const file = join(runFolder, 'control.json');
  if (!existsSync(file)) return 'run';
  const { command } = JSON.parse(readFileSync(file, 'utf8'));
  return command === 'pause' || command === 'stop' ? command : 'run';
}
