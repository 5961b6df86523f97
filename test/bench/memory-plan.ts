import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { precisions } from '../../native-models/decoder/precision.ts';
import { tokenization } from '../../native-models/text/encode-pair.ts';
import { seededRandom } from '../../native-models/text/seeded-random.ts';
import { parseModelConfig } from '../../main/models/inspect.ts';
import { planMemory } from '../../main/models/memory.ts';
import { hashModelFolder } from '../../native-models/model-folder/model-folder.ts';
import { longestPair } from '../../main/runs/lengths.ts';
import { tinyTokenizer, tinyTokenizerConfig, writeJson } from '../integration/tiny-model.ts';
import { llama1bSlice, smol135m, writeRandomModel } from './random-model.ts';
import type { RunSettings } from '../../native-models/vocabulary/settings.ts';
import type { TrainJob } from '../../native-models/protocol/run-folder/job.ts';
import { objectiveSettings } from '../objective-settings.ts';

/**
 * `node test/bench/memory-plan.ts`: the memory plan against the measured peak of whole runs on the CPU (reference,
 * samples, steps, held-out pairs) on random weights, each in a process of its own.
 */
const qwen3 = {
  ...smol135m,
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  hidden_size: 1024,
  intermediate_size: 3072,
  num_hidden_layers: 8,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 151_936,
};
const shapes = {
  '135M-slice': { ...smol135m, num_hidden_layers: 8 },
  '1B-slice': { ...llama1bSlice, num_hidden_layers: 2 },
  'Qwen3-slice': { ...qwen3, num_hidden_layers: 4 },
} as const;

interface Case {
  readonly shape: keyof typeof shapes;
  /** Tokens of each prompt and of each response, about. */
  readonly prompt: number;
  readonly response: number;
  readonly settings: Partial<RunSettings>;
}

const cases: readonly Case[] = [
  { shape: '135M-slice', prompt: 120, response: 120, settings: { batchSize: 4, keptLayers: 'all' } },
  { shape: '135M-slice', prompt: 120, response: 120, settings: { batchSize: 4, keptLayers: 1 } },
  { shape: '135M-slice', prompt: 120, response: 120, settings: { batchSize: 4, keptLayers: 4 } },
  {
    shape: '135M-slice',
    prompt: 60,
    response: 60,
    settings: { batchSize: 8, keptLayers: 'all', lora: { rank: 64, alpha: 128, targets: [] } },
  },
  { shape: '135M-slice', prompt: 60, response: 60, settings: { batchSize: 4, accumulate: 2, keptLayers: 'all' } },
  {
    shape: '135M-slice',
    prompt: 700,
    response: 300,
    settings: { maxLength: 1024, batchSize: 1, keptLayers: 'all' },
  },
  {
    shape: '135M-slice',
    prompt: 700,
    response: 300,
    settings: { maxLength: 1024, batchSize: 2, keptLayers: 1 },
  },
  { shape: '1B-slice', prompt: 100, response: 100, settings: { batchSize: 2, keptLayers: 'all' } },
  {
    shape: '1B-slice',
    prompt: 200,
    response: 50,
    settings: { batchSize: 4, keptLayers: 1, lora: { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] } },
  },
  { shape: 'Qwen3-slice', prompt: 50, response: 150, settings: { batchSize: 2, keptLayers: 'all' } },
  {
    shape: 'Qwen3-slice',
    prompt: 50,
    response: 150,
    settings: { batchSize: 4, keptLayers: 1, sharedPrefix: false },
  },
  { shape: '135M-slice', prompt: 100, response: 100, settings: { batchSize: 1, keptLayers: 1, lora: null } },
];

const base: RunSettings = {
  ...objectiveSettings,
  objective: 'safedpo',
  beta: 0.1,
  delta: 10,
  epochs: 1,
  learningRate: 1e-6,
  schedule: 'constant',
  warmupShare: 0,
  weightDecay: 0,
  adamBeta1: 0.9,
  adamBeta2: 0.95,
  adamEpsilon: 1e-8,
  maxGradNorm: 1,
  batchSize: 4,
  accumulate: 1,
  maxLength: 512,
  lora: { rank: 16, alpha: 32, targets: [] },
  seed: 1,
  provider: 'cpu',
  precision: 'float32',
  template: 'plain',
  sharedPrefix: true,
  keptLayers: 'all',
  threads: availableParallelism(),
  checkpointEverySteps: 1000,
};
const engine = fileURLToPath(new URL('../../native-models/engine/main.ts', import.meta.url));
const { values } = parseArgs({
  options: { only: { type: 'string', default: cases.map((_, index) => index).join(',') } },
});
const work = await mkdtemp(join(tmpdir(), 'safedpo-memory-'));

/** Two steps of equal pairs of random letters, and as many held out. */
async function writeRun(
  folder: string,
  model: string,
  { prompt, response }: Case,
  settings: RunSettings,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const random = seededRandom(5, 0);
  const letters = (count: number): string =>
    Array.from({ length: count }, () => 'abcdefghijklmn'[random.below(14)]).join('');
  const pairs = Array.from(
    { length: 2 * settings.batchSize * settings.accumulate },
    () =>
      `${JSON.stringify({
        prompt: [{ role: 'user', content: letters(prompt) }],
        chosen: letters(response),
        rejected: letters(response),
        chosenUnsafe: false,
        rejectedUnsafe: true,
      })}\n`,
  ).join('');
  await Promise.all(['pairs.jsonl', 'heldout.jsonl'].map((name) => writeFile(join(folder, name), pairs)));
  const sha256 = createHash('sha256').update(pairs).digest('hex');
  const job: TrainJob = {
    id: 'run',
    createdAt: '2026-01-01T00:00:00.000Z',
    project: 'bench',
    model: { path: model, sha256: await hashModelFolder(model) },
    snapshot: { sha256, pairs: 1, heldOutSha256: sha256, heldOutPairs: 1, labelsHead: '' },
    settings,
    tokenization,
    precision: { ...precisions.float32, reason: 'asked for' },
    cacheFolder: 'cache',
    deviceLoop: false,
    profile: false,
    checkpointsKept: 1,
    versions: { app: '0', onnxruntime: '0', node: process.version },
  };
  await writeJson(folder, 'run.json', job);
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
try {
  for (const [index, bench] of cases.entries()) {
    if (!values.only.split(',').includes(`${index}`)) continue;
    const model = join(work, bench.shape);
    await writeRandomModel(model, shapes[bench.shape]);
    await writeJson(model, 'tokenizer.json', tinyTokenizer);
    await writeJson(model, 'tokenizer_config.json', tinyTokenizerConfig);
    const settings = { ...base, ...bench.settings };
    const folder = join(work, 'run');
    await writeRun(folder, model, bench, settings);
    const config = await parseModelConfig(model);
    const plan = planMemory(
      config,
      settings,
      precisions.float32,
      { hostBytes: 24e9, cardBytes: null },
      await longestPair(folder, model, settings),
    );
    const child = spawn(process.execPath, [engine, 'train', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    await once(child, 'close');
    const events = (await readFile(join(folder, 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const done = events.find(({ event }) => event === 'done');
    const steps = events.filter(({ event }) => event === 'step');
    const [measured, predicted] = [done?.peakMemoryBytes ?? Number.NaN, plan.needs[0]?.neededBytes ?? Number.NaN];
    console.log(
      JSON.stringify({
        index,
        shape: bench.shape,
        prompt: bench.prompt,
        response: bench.response,
        ...bench.settings,
        predicted: megabytes(predicted),
        measured: megabytes(measured),
        error: `${(100 * (predicted / measured - 1)).toFixed(0)} %`,
        afterSteps: steps.map(({ memoryBytes }) => megabytes(memoryBytes)),
        parts: plan.parts.map(({ bytes }) => megabytes(bytes)),
      }),
    );
    await rm(folder, { recursive: true });
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
