import { appendFile, readFile } from 'node:fs/promises';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { upgradeSettings } from './older-settings.ts';
import { badInput } from '../../failure.ts';
import { writeAtomically, writeFailure } from '../../formats/atomic-file.ts';
import type { TrainJob } from '../job.ts';
import type { RunControl } from '../tasks.ts';
import { precisionNames, messageRoles } from '../../vocabulary/lists.ts';
import { runSettingsSchema } from '../../vocabulary/settings-schema.ts';

const message = z.object({ role: z.enum(messageRoles), content: z.string() });

/**
 * A line of `pairs.jsonl` and `heldout.jsonl`. A verdict is `null` where nobody gave one, which only objectives without
 * safety labels allow.
 */
const snapshotPair = z.object({
  prompt: z.array(message),
  chosen: z.string(),
  rejected: z.string(),
  chosenUnsafe: z.boolean().nullable(),
  rejectedUnsafe: z.boolean().nullable(),
});
export type SnapshotPair = z.infer<typeof snapshotPair>;

/** The settings of a run as its folder and the library keep them, under today's names. */
export const storedSettingsSchema = z.preprocess(upgradeSettings, runSettingsSchema);
const precision = z.object({
  name: z.enum(precisionNames),
  storage: z.enum(['as stored', 'int4']),
  compute: z.enum(['float32', 'bfloat16', 'float16']),
  lossScaling: z.boolean(),
  reason: z.string(),
});
const job = z.object({
  id: z.string(),
  createdAt: z.string(),
  project: z.string(),
  model: z.object({ path: z.string(), sha256: z.record(z.string(), z.string()) }),
  snapshot: z.object({
    sha256: z.string(),
    pairs: z.int(),
    heldOutSha256: z.string().nullable(),
    heldOutPairs: z.int(),
    labelsHead: z.string(),
  }),
  settings: storedSettingsSchema,
  tokenization: z.int().min(1).default(1),
  precision,
  deviceLoop: z.boolean(),
  profile: z.boolean(),
  cacheFolder: z.string(),
  checkpointsKept: z.int().min(1),
  versions: z.object({ app: z.string(), onnxruntime: z.string(), node: z.string() }),
});

function parseJson(text: string, invalid: (why: string) => Error): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

/** Reads `run.json`. Throws `run-folder-invalid` naming the field. */
export async function readJob(runFolder: string): Promise<TrainJob> {
  const file = join(runFolder, 'run.json');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw badInput(
      'run-folder-invalid',
      `${file} cannot be read, so ${runFolder} is no run folder.`,
      { file },
      { cause: error },
    );
  });
  const parsed = job.safeParse(
    parseJson(text, (why) =>
      badInput('run-folder-invalid', `${file} is not valid JSON: ${why}. Start the run again.`, { file }),
    ),
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badInput(
    'run-folder-invalid',
    `${file}: field ${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'not as expected'}.`,
    { file, field: issue?.path.join('.') ?? '' },
  );
}

/** Reads `pairs.jsonl` or `heldout.jsonl`; an absent file has no pairs. Throws `snapshot-invalid` naming the line. */
export async function readSnapshot(
  runFolder: string,
  name: 'pairs.jsonl' | 'heldout.jsonl',
): Promise<readonly SnapshotPair[]> {
  const file = join(runFolder, name);
  if (!existsSync(file)) return [];
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    const parsed = snapshotPair.safeParse(
      parseJson(line, (why) =>
        badInput('snapshot-invalid', `${file}, line ${index + 1}: not valid JSON: ${why}. Start the run again.`, {
          file,
          line: index + 1,
        }),
      ),
    );
    if (parsed.success) return parsed.data;
    throw badInput(
      'snapshot-invalid',
      `${file}, line ${index + 1}: ${parsed.error.issues[0]?.message ?? 'not a pair'}.`,
      { file, line: index + 1 },
    );
  });
}

/** Appends one event to `metrics.jsonl`, as one write. Throws `disk-full`, `folder-not-writable`. */
export async function appendEvent(runFolder: string, event: object): Promise<void> {
  const file = join(runFolder, 'metrics.jsonl');
  await appendFile(file, `${JSON.stringify(event)}\n`).catch((error: unknown) => {
    throw writeFailure(file, error);
  });
}

/** {@link appendEvent} at once. */
export function appendEventSync(runFolder: string, event: object): void {
  appendFileSync(join(runFolder, 'metrics.jsonl'), `${JSON.stringify(event)}\n`);
}

const eventLine = z.looseObject({ event: z.string(), step: z.int().optional() });
type EventLine = z.infer<typeof eventLine>;

/**
 * Every whole line of `metrics.jsonl`. One cut short, by a kill or a full disk, is left out: the step it told of is
 * done again.
 */
async function readEvents(runFolder: string): Promise<readonly EventLine[]> {
  const file = join(runFolder, 'metrics.jsonl');
  if (!existsSync(file)) return [];
  return (await readFile(file, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [eventLine.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
}

/**
 * Drops what `metrics.jsonl` says of steps after `step`, which will be done again, and how an earlier attempt ended.
 */
export async function rewindEvents(runFolder: string, step: number): Promise<void> {
  const kept = (await readEvents(runFolder)).filter(
    ({ event, step: at = 0 }) =>
      event !== 'done' && event !== 'hashing' && event !== 'error' && event !== 'stopped' && at <= step,
  );
  await writeAtomically(join(runFolder, 'metrics.jsonl'), [
    Buffer.from(kept.map((line) => `${JSON.stringify(line)}\n`).join('')),
  ]);
}

/** Metric names are TRL's; a prefix `safe_safe/` or `safe_unsafe/` is the same over pairs of that class only. */
export type Metrics = { readonly [name: string]: number };

/** How fast a run goes, averaged over `seconds` of training: pauses and the time between attempts do not count. */
export interface Rates {
  readonly pairsPerSecond: number;
  readonly tokensPerSecond: number;
  readonly seconds: number;
}

const stepLine = z
  .object({
    event: z.literal('step'),
    step: z.int(),
    epoch: z.number(),
    pairsPerSecond: z.number(),
    tokensPerSecond: z.number(),
    seconds: z.number(),
    memoryBytes: z.number(),
  })
  .catchall(z.number());

/** The rates and metrics of the last `step` event; zero and empty before the first. */
export async function lastStep(runFolder: string): Promise<{ readonly rates: Rates; readonly metrics: Metrics }> {
  const last = (await readEvents(runFolder)).findLast(({ event }) => event === 'step');
  if (last === undefined) return { rates: { pairsPerSecond: 0, tokensPerSecond: 0, seconds: 0 }, metrics: {} };
  const {
    event: _,
    step: __,
    epoch: ___,
    memoryBytes: ____,
    pairsPerSecond,
    tokensPerSecond,
    seconds,
    ...metrics
  } = stepLine.parse(last);
  return { rates: { pairsPerSecond, tokensPerSecond, seconds }, metrics };
}

/** What the services ask of a running engine; `run` when they have not said anything. */
export function readControl(runFolder: string): RunControl['command'] {
  const file = join(runFolder, 'control.json');
  if (!existsSync(file)) return 'run';
  const { command } = JSON.parse(readFileSync(file, 'utf8'));
  return command === 'pause' || command === 'stop' ? command : 'run';
}
