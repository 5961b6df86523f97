/**
 * Makes the bundled sample's start model with this project's own engine: `npm run build:sample [DIR]`. Tokenizer, then
 * supervised training of every parameter from random weights on the world's instruction rows, which answer hazards
 * unsafely about half of the time. Seeded; the same machine and thread count give the same bytes. Takes some minutes.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { precisions } from '../decoder/precision.ts';
import { exportModel } from '../engine/export/export.ts';
import { train } from '../engine/train/train.ts';
import { hashModelFolder } from '../model-folder/model-folder.ts';
import { tokenization } from '../text/encode-pair.ts';
import { writeTokenizer } from './build-tokenizer.ts';
import { writeRandomModel } from './random-weights.ts';
import { generateSftRows } from './world/generate.ts';
import { checkpointFolder, checkpointSteps } from '../protocol/run-folder/checkpoint.ts';
import { type TrainJob, writeJob } from '../protocol/run-folder/job.ts';
import { type SnapshotPair, trainingPairsPath, writePairsSync } from '../protocol/run-folder/pairs.ts';
import { runSettingsSchema } from '../vocabulary/settings-schema.ts';
import { fixedDefaults } from '../vocabulary/settings.ts';

const seed = 2505;

const config = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  hidden_size: 96,
  intermediate_size: 256,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 24,
  vocab_size: 640,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 0,
  torch_dtype: 'float32',
};

const settings = runSettingsSchema.parse({
  ...fixedDefaults,
  objective: 'sft',
  epochs: 12,
  learningRate: 3e-3,
  warmupShare: 0.05,
  weightDecay: 0.1,
  batchSize: 64,
  maxLength: 128,
  lora: null,
  seed,
  precision: 'float32',
  keptLayers: 'all',
  threads: availableParallelism(),
  checkpointEverySteps: 1_000_000,
});

/** Writes the run folder of the supervised training. */
async function writeRun(run: string, model: string): Promise<void> {
  mkdirSync(run, { recursive: true });
  const pairs = generateSftRows(seed).map(({ prompt, response }): SnapshotPair => ({
    prompt: [{ role: 'user', content: prompt }],
    chosen: response,
    rejected: '',
    chosenUnsafe: null,
    rejectedUnsafe: null,
  }));
  const job: TrainJob = {
    id: 'sample',
    createdAt: new Date(0).toISOString(),
    project: 'sample',
    model: { path: model, sha256: await hashModelFolder(model) },
    snapshot: {
      sha256: writePairsSync(trainingPairsPath(run), pairs),
      pairs: pairs.length,
      heldOutSha256: null,
      heldOutPairs: 0,
      labelsHead: '',
    },
    settings,
    tokenization,
    precision: { ...precisions.float32, reason: 'it was asked for' },
    deviceLoop: false,
    profile: false,
    cacheFolder: 'cache',
    checkpointsKept: 1,
    versions: { app: 'build', onnxruntime: '1.30.0', node: process.versions.node },
  };
  await writeJob(run, job);
}

/** Builds the start model into `out`. */
async function buildSample(out: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'safedpo-sample-'));
  try {
    const [start, run] = [join(work, 'start'), join(work, 'run')];
    mkdirSync(start);
    await writeRandomModel(start, config, seed);
    writeTokenizer(start);
    await writeRun(run, start);
    await train(run, new AbortController().signal);
    const last = (await checkpointSteps(run)).at(-1) ?? 0;
    rmSync(out, { recursive: true, force: true });
    await exportModel(
      {
        model: { path: start, checkpoint: checkpointFolder(run, last) },
        format: 'safetensors',
        dtype: null,
        template: 'model',
        clock: null,
        baseModel: null,
        out,
      },
      (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

await buildSample(process.argv[2] ?? fileURLToPath(new URL('model', import.meta.url)));
