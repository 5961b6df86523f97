import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { precisions } from '../../native-models/decoder/precision.ts';
import { initialState, trainedParameters } from '../../native-models/engine/model/trained-state.ts';
import { Trainer, type TrainingItem } from '../../native-models/engine/train/trainer.ts';
import { trainingStep } from '../../native-models/engine/graphs/training-step.ts';
import { headChunksFor } from '../../native-models/runtime/head-chunks.ts';
import { openModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { matmul } from '../../native-models/graph/contraction.ts';
import { emit } from '../../native-models/graph/lowering/emit.ts';
import { input } from '../../native-models/graph/value.ts';
import { safedpo } from '../../native-models/objectives/safedpo.ts';
import { createSession } from '../../native-models/runtime/session.ts';
import { storedModel } from '../../native-models/runtime/stored-model.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { matmulFlops } from './flops.ts';
import { smallestOf } from '../../native-models/extremes.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import type { KeptLayers } from '../../native-models/vocabulary/setting-row.ts';
import { objectiveSettings } from '../objective-settings.ts';

/** One configuration of the training bench, run in a process of its own so that its peak memory is its own. */
export interface TrainingCase {
  readonly model: string;
  readonly sharedPrefix: boolean;
  /** Layers whose inner values are kept; 0 keeps all. */
  readonly keptLayers: KeptLayers;
  readonly pairs: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
  readonly steps: number;
  readonly threads: number;
}

export interface TrainingCaseResult {
  readonly plainGigaflops: number;
  readonly achievedGigaflops: number;
  readonly secondsPerStep: number;
  /** Of all threads together: what a loaded machine changes least. */
  readonly processorSecondsPerStep: number;
  readonly pairsPerSecond: number;
  readonly tokensPerStep: number;
  readonly gigaflopPerStep: number;
  readonly peakMemoryBytes: number;
  readonly createSeconds: number;
}

function settingsOf(bench: TrainingCase): TrainSettings {
  return {
    ...objectiveSettings,
    objective: 'safedpo',
    beta: 0.1,
    delta: 10,
    epochs: 1,
    learningRate: 1e-5,
    schedule: 'constant',
    warmupShare: 0,
    weightDecay: 0,
    adamBeta1: 0.9,
    adamBeta2: 0.95,
    adamEpsilon: 1e-8,
    maxGradNorm: 1,
    batchSize: bench.pairs,
    accumulate: 1,
    maxLength: bench.promptTokens + bench.responseTokens,
    lora: { rank: 16, alpha: 32, targets: [] },
    seed: 1,
    provider: 'cpu',
    precision: 'float32',
    template: 'plain',
    sharedPrefix: bench.sharedPrefix,
    keptLayers: bench.keptLayers,
    threads: bench.threads,
    checkpointEverySteps: 1000,
  };
}

/** The rate of a plain 2048³ float32 product, best of five: what this machine can do at this moment. */
async function plainRate(threads: number): Promise<number> {
  const size = 2048;
  const graph = { y: matmul(input('a', 'float32', [size, size]), input('b', 'float32', [size, size])) };
  const session = await createSession(emit(graph, { target: 'cpu' }).bytes, { provider: 'cpu', threads });
  const matrix = { dtype: 'float32' as const, shape: [size, size], data: new Float32Array(size * size).fill(0.5) };
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 6; run++) {
    const startedAt = performance.now();
    await session.run({ a: matrix, b: matrix });
    best = Math.min(best, performance.now() - startedAt);
  }
  await session.release();
  return (2 * size ** 3) / (best / 1000) / 1e9;
}

export async function runTrainingCase(bench: TrainingCase): Promise<TrainingCaseResult> {
  const settings = settingsOf(bench);
  const folder = await openModelFolder(bench.model);
  const precision = precisions.float32;
  const trained = trainedParameters(folder, settings.lora);
  const state = await initialState({ folder, precision }, trained, settings);
  const random = seededRandom(7);
  const ids = (count: number): number[] =>
    Array.from({ length: count }, () => random.below(folder.config.vocabularySize));
  const items = Array.from({ length: bench.pairs }, (): TrainingItem => ({
    promptIds: ids(bench.promptTokens),
    chosenIds: ids(bench.responseTokens),
    rejectedIds: ids(bench.responseTokens),
    reference: { chosen: -1000, rejected: -1000 },
    offset: 10,
  }));
  const rows = bench.pairs * 2 * bench.responseTokens;
  const headChunks = headChunksFor(rows, folder.config.vocabularySize);
  const before = await plainRate(bench.threads);

  const createStart = performance.now();
  const trainer = await Trainer.open(
    { folder, precision, ...storedModel(folder) },
    { settings, trained, keptLayers: bench.keptLayers, headChunks },
  );
  const createSeconds = (performance.now() - createStart) / 1000;
  const [times, processorTimes]: [number[], number[]] = [[], []];
  let tokens = 0;
  for (let step = 1; step <= bench.steps; step++) {
    const [startedAt, used] = [performance.now(), process.cpuUsage()];
    tokens = (await trainer.step(state, [items], step, 1e-5)).tokens;
    times.push((performance.now() - startedAt) / 1000);
    const { user, system } = process.cpuUsage(used);
    processorTimes.push((user + system) / 1e6);
  }
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  await trainer.close();
  const plain = Math.max(before, await plainRate(bench.threads));

  const graph = trainingStep({
    config: folder.config,
    stored: storedModel(folder).stored,
    compute: 'float32',
    state: 'float32',
    maxPositions: 2 * settings.maxLength,
    headChunks,
    attentionBlocks: 1,
    keptLayers: bench.keptLayers,
    trained,
    losses: (inputs) => safedpo.losses(inputs, settings),
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
    lossScaling: false,
    accumulates: false,
    updates: true,
  });
  const seq = bench.sharedPrefix
    ? bench.promptTokens + 2 * bench.responseTokens
    : bench.promptTokens + bench.responseTokens;
  const batch = bench.sharedPrefix ? bench.pairs : 2 * bench.pairs;
  const paddedRows = Math.ceil(rows / headChunks) * headChunks;
  const flops = matmulFlops(graph, {
    batch,
    seq,
    rows: paddedRows,
    pairs: bench.pairs,
    'chunk rows': paddedRows / headChunks,
  });
  const secondsPerStep = smallestOf(times.slice(1));
  return {
    plainGigaflops: plain,
    achievedGigaflops: flops / secondsPerStep / 1e9,
    secondsPerStep,
    processorSecondsPerStep: smallestOf(processorTimes.slice(1)),
    pairsPerSecond: bench.pairs / secondsPerStep,
    tokensPerStep: tokens,
    gigaflopPerStep: flops / 1e9,
    peakMemoryBytes,
    createSeconds,
  };
}

/** {@link runTrainingCase} in a process of its own. */
export function runInOwnProcess(bench: TrainingCase): TrainingCaseResult {
  return JSON.parse(
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(bench)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
}

const [argument] = process.argv.slice(2);
if (import.meta.main && argument !== undefined)
  process.stdout.write(`${JSON.stringify(await runTrainingCase(JSON.parse(argument)))}\n`);
