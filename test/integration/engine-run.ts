import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { resolvePrecision } from '../../native-models/decoder/precision.ts';
import { decoderTensorShapes } from '../../native-models/decoder/tensor-shapes.ts';
import { parseDecoderConfig } from '../../native-models/families/config.ts';
import { hashModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { encodeFloats } from '../../native-models/numbers/float-encoding.ts';
import { writeSafetensors } from '../../native-models/formats/safetensors/write.ts';
import { tokenization } from '../../native-models/text/encode-pair.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { tinyConfig, tinyTokenizer, tinyTokenizerConfig, writeJson } from './tiny-model.ts';
import { largestOf } from '../../native-models/extremes.ts';
import type { ExportDtype } from '../../native-models/vocabulary/lists.ts';
import type { RunSettings } from '../../native-models/vocabulary/settings.ts';
import { type TrainJob, writeJob } from '../../native-models/protocol/run-folder/job.ts';
import { readEvents as readTrainEvents } from '../../native-models/protocol/run-folder/metrics-reader.ts';
import type { StepEvent, TrainEvent } from '../../native-models/protocol/run-folder/train-events.ts';
import { objectiveSettings } from '../objective-settings.ts';

export const engine = fileURLToPath(new URL('../../native-models/engine/main.ts', import.meta.url));
const letters = 'abcdefghijklmn';

/** Widths that int4 blocks divide. */
export const blockSizes = { hidden_size: 32, intermediate_size: 64 } as const;

/** A Llama of two layers over single letters, with random weights: steps take about a millisecond. */
export async function writeRandomModel(
  folder: string,
  sizes: Partial<typeof tinyConfig> = {},
  dtype: ExportDtype = 'float32',
): Promise<void> {
  const config = { ...tinyConfig, ...sizes };
  const random = seededRandom(11, 0);
  await mkdir(folder, { recursive: true });
  const tensors = [...decoderTensorShapes(parseDecoderConfig(config, 'config.json'))].map(([name, shape]) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    const numbers = Float32Array.from({ length: size }, () =>
      name.includes('norm') ? 1 : (random.below(2001) - 1000) / 2000,
    );
    return { name, dtype, shape, data: () => [encodeFloats(numbers, dtype)] };
  });
  await writeSafetensors(join(folder, 'model.safetensors'), {}, tensors);
  await writeJson(folder, 'config.json', config);
  await writeJson(folder, 'tokenizer.json', tinyTokenizer);
  await writeJson(folder, 'tokenizer_config.json', tinyTokenizerConfig);
}

const tinySettings: RunSettings = {
  ...objectiveSettings,
  objective: 'safedpo',
  beta: 0.1,
  delta: 2,
  epochs: 2,
  learningRate: 0.01,
  schedule: 'cosine',
  warmupShare: 0.1,
  weightDecay: 0.05,
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  maxGradNorm: 1,
  batchSize: 3,
  accumulate: 1,
  maxLength: 32,
  lora: { rank: 2, alpha: 4, targets: [] },
  seed: 42,
  provider: 'cpu',
  precision: 'auto',
  template: 'plain',
  sharedPrefix: true,
  keptLayers: 'all',
  threads: 1,
  checkpointEverySteps: 3,
};

/**
 * A run folder with `pairs` pairs of random letters, and six held out; `forced` is what the services decide otherwise.
 */
export async function writeRun(
  folder: string,
  model: string,
  changes: Partial<RunSettings> = {},
  pairs = 24,
  forced: Partial<Pick<TrainJob, 'deviceLoop' | 'profile'>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const random = seededRandom(5, 0);
  const words = (): string =>
    Array.from({ length: 3 + random.below(8) }, () => letters[random.below(letters.length)]).join('');
  const lines = (count: number): string =>
    Array.from(
      { length: count },
      (_, row) =>
        `${JSON.stringify({
          prompt: [{ role: 'user', content: words() }],
          chosen: words(),
          rejected: words(),
          chosenUnsafe: false,
          rejectedUnsafe: row % 2 === 0,
        })}\n`,
    ).join('');
  const [train, heldOut] = [lines(pairs), lines(6)];
  await writeFile(join(folder, 'pairs.jsonl'), train);
  await writeFile(join(folder, 'heldout.jsonl'), heldOut);
  const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
  const job: TrainJob = {
    id: 'run',
    createdAt: '2026-01-01T00:00:00.000Z',
    project: 'test',
    model: { path: model, sha256: await hashModelFolder(model) },
    snapshot: { sha256: sha256(train), pairs, heldOutSha256: sha256(heldOut), heldOutPairs: 6, labelsHead: '' },
    settings: { ...tinySettings, ...changes },
    tokenization,
    precision: resolvePrecision({
      asked: changes.precision ?? 'auto',
      provider: 'cpu',
      trainsEverything: changes.lora === null,
      computeCapability: null,
      halfPrecisionBytes: null,
      freeBytes: null,
    }),
    deviceLoop: false,
    profile: false,
    ...forced,
    cacheFolder: '../cache',
    checkpointsKept: 1,
    versions: { app: '0', onnxruntime: '0', node: process.version },
  };
  await writeJob(folder, job);
}

export interface EngineEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the engine process on a run folder. */
export function startEngine(
  runFolder: string,
  environment: NodeJS.ProcessEnv = process.env,
): { readonly child: ChildProcess; readonly ended: Promise<EngineEnd> } {
  const child = spawn(process.execPath, [engine, 'train', runFolder], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = new Promise<EngineEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      output.then(([stdout, stderr]) => resolve({ code, signal, stdout, stderr }), reject);
    });
  });
  return { child, ended };
}

/** Runs the engine on a run folder to its end. */
export async function runEngine(runFolder: string, environment: NodeJS.ProcessEnv = process.env): Promise<EngineEnd> {
  return startEngine(runFolder, environment).ended;
}

/** Everything that a run has written to `metrics.jsonl`. */
export async function readEvents(runFolder: string): Promise<readonly TrainEvent[]> {
  return readTrainEvents(runFolder);
}

export function stepEvents(events: readonly TrainEvent[]): readonly StepEvent[] {
  return events.filter((event) => event.event === 'step');
}

export function stepsOf(events: readonly TrainEvent[]): readonly number[] {
  return stepEvents(events).map(({ step }) => step);
}

export function numbersTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** sha256 of the trained tensors and of the optimiser's moments in a run's newest checkpoint. */
export async function finalHashes(runFolder: string): Promise<{ readonly [file: string]: string }> {
  const steps = (await readdir(join(runFolder, 'checkpoints'))).flatMap((name) =>
    name.startsWith('step-') ? [Number(name.slice(5))] : [],
  );
  const folder = join(runFolder, 'checkpoints', `step-${largestOf(steps)}`);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();
  const hashes = await Promise.all(
    files.map(
      async (name) =>
        [
          name,
          createHash('sha256')
            .update(await readFile(join(folder, name)))
            .digest('hex'),
        ] as const,
    ),
  );
  return Object.fromEntries(hashes);
}
