import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { precisions } from '../../../native-models/decoder/precision.ts';
import { Generator } from '../../../native-models/engine/infer/generator.ts';
import type { ModelWeights } from '../../../native-models/engine/model/model.ts';
import type { TrainedOverlay } from '../../../native-models/engine/model/overlay.ts';
import { Scorer, rowTokens } from '../../../native-models/engine/infer/scorer.ts';
import { initialState, trainedParameters } from '../../../native-models/engine/model/trained-state.ts';
import { Trainer, type TrainingItem } from '../../../native-models/engine/train/trainer.ts';
import { openModelFolder } from '../../../native-models/model-folder/model-folder.ts';
import { attentionBlocksFor } from '../../../native-models/runtime/attention-blocks.ts';
import { blockQuantizedModel } from '../../../native-models/runtime/block-quantized-model.ts';
import { headChunksFor } from '../../../native-models/runtime/head-chunks.ts';
import { batchShape } from '../../../native-models/runtime/memory-bytes.ts';
import { predictMemory, totalBytes } from '../../../native-models/runtime/memory-plan.ts';
import { storedModel } from '../../../native-models/runtime/stored-model.ts';
import { seededRandom } from '../../../native-models/text/seeded-random.ts';
import { type Counters, readCounters } from './counters.ts';
import type { PrecisionName } from '../../../native-models/vocabulary/lists.ts';
import type { TrainSettings } from '../../../native-models/vocabulary/settings.ts';
import type { KeptLayers } from '../../../native-models/vocabulary/setting-row.ts';
import { objectiveSettings } from '../../objective-settings.ts';

/** Steps of one model on the dry device. */
export interface DryCase {
  readonly model: string;
  readonly cacheFolder: string;
  readonly precision: PrecisionName;
  /** Of a prompt and of a response alike. */
  readonly tokens: number;
  readonly pairs: number;
  readonly keptLayers: KeptLayers;
  /** Of the adapter; `null` trains every parameter. */
  readonly rank: number | null;
  /** Of the card. */
  readonly memoryBytes: number;
}

export interface DryResult {
  readonly loadSeconds: number;
  readonly attentionBlocks: number;
  /** What the second step added to each counter. */
  readonly step: Counters;
  readonly peakBytes: number;
  /** The plan's, without the context and libraries, which the dry device does not have. */
  readonly plannedBytes: number;
}

/** Scores a pair and answers two prompts, greedily and by drawing, with the adapter on top. */
async function scoreAndAnswer(
  model: ModelWeights & { readonly eosIds: readonly number[] },
  overlay: TrainedOverlay,
): Promise<void> {
  const device = { provider: 'cuda', threads: 2 } as const;
  const scorer = await Scorer.open(model, { device, maxLength: 64, batchTokens: 256, overlay });
  await scorer.pairs([{ promptIds: [1, 2, 3], chosenIds: [4, 5], rejectedIds: [6] }]);
  await scorer.close();
  for (const temperature of [0, 0.7]) {
    const generator = await Generator.open(model, {
      device,
      sampling: { temperature, topP: 0.9, maxNewTokens: 8, seed: 1 },
      maxPositions: 16,
      overlay,
    });
    await generator.generate(
      [
        [1, 2, 3],
        [4, 5],
      ],
      0,
    );
    await generator.close();
  }
}

/**
 * Two steps with the engine's own trainer, then scores and answers, in this process. Throws `session-create-failed`
 * where the runtime would give a node to the CPU, `out-of-memory` where the card is too small.
 */
async function runDryCase({
  model: path,
  cacheFolder,
  precision: name,
  tokens,
  pairs,
  keptLayers,
  rank,
}: DryCase): Promise<DryResult> {
  const folder = await openModelFolder(path);
  const { config } = folder;
  const precision = precisions[name];
  const stored = precision.storage === 'int4' ? await blockQuantizedModel(folder, cacheFolder) : storedModel(folder);
  const maxLength = 2 * tokens;
  const settings: TrainSettings = {
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
    adamBeta2: 0.999,
    adamEpsilon: 1e-8,
    maxGradNorm: 1,
    batchSize: pairs,
    accumulate: 1,
    maxLength,
    lora: rank === null ? null : { rank, alpha: 2 * rank, targets: [] },
    seed: 1,
    provider: 'cuda',
    precision: name,
    template: 'plain',
    sharedPrefix: true,
    keptLayers,
    threads: 2,
    checkpointEverySteps: 1000,
  };
  const model = { folder, precision, ...stored };
  const trained = trainedParameters(folder, settings.lora);
  const state = await initialState({ folder, precision }, trained, settings);
  const random = seededRandom(17, tokens);
  const ids = (): number[] => Array.from({ length: tokens }, () => random.below(config.vocabularySize));
  const items = Array.from({ length: pairs }, (): TrainingItem => ({
    promptIds: ids(),
    chosenIds: ids(),
    rejectedIds: ids(),
    reference: { chosen: -1, rejected: -1 },
    offset: 0,
  }));
  const attentionBlocks = attentionBlocksFor('cuda', config.heads, pairs, rowTokens(maxLength));
  const startedAt = performance.now();
  const trainer = await Trainer.open(model, {
    settings,
    trained,
    keptLayers,
    headChunks: headChunksFor(2 * pairs * tokens, config.vocabularySize),
    forbidCpuNodes: true,
  });
  const loadSeconds = (performance.now() - startedAt) / 1000;
  await trainer.step(state, [items], 1, settings.learningRate);
  const before = readCounters();
  await trainer.step(state, [items], 2, settings.learningRate);
  const after = readCounters();
  const step: Counters = {
    ...after,
    launches: after.launches - before.launches,
    products: after.products - before.products,
    synchronisations: after.synchronisations - before.synchronisations,
    productOperations: after.productOperations - before.productOperations,
    toDeviceCopies: after.toDeviceCopies - before.toDeviceCopies,
    toDeviceBytes: after.toDeviceBytes - before.toDeviceBytes,
    toHostCopies: after.toHostCopies - before.toHostCopies,
    toHostBytes: after.toHostBytes - before.toHostBytes,
  };
  const { parts } = predictMemory({
    config,
    provider: 'cuda',
    precision,
    accumulates: false,
    trainedParameters: trained.layout.size,
    adapterRanksPerLayer: 7 * (rank ?? 0),
    batch: batchShape(pairs, { prompt: tokens, response: tokens }, true),
    keptLayers,
    attentionBlocks,
  });
  const plannedBytes = totalBytes(
    parts.filter(({ place, name: part }) => place === 'card' && !part.startsWith('context')),
  );
  await trainer.close();
  await scoreAndAnswer({ ...model, eosIds: [1] }, { trained, parameters: state.parameters });
  return { loadSeconds, attentionBlocks, step, peakBytes: after.peakBytes, plannedBytes };
}

/**
 * The case in a process of its own, with the libraries of `build.sh`; `null` where its card is too small. `kernelsFile`
 * gets the names and counts of what was started.
 */
export function runInOwnProcess(bench: DryCase, libraries: string, kernelsFile: string): DryResult | null {
  const environment = {
    ...process.env,
    LD_LIBRARY_PATH: libraries,
    DRY_DEVICE_MEMORY_BYTES: String(bench.memoryBytes),
    DRY_DEVICE_COUNTERS: join(tmpdir(), `dry-device-${process.pid}`),
    DRY_DEVICE_KERNELS: kernelsFile,
  };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), JSON.stringify(bench)],
    { env: environment, encoding: 'utf8' },
  );
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (stderr.includes("code: 'out-of-memory'")) return null;
  throw new Error(stderr);
}

const [argument] = process.argv.slice(2);
if (import.meta.main && argument !== undefined)
  process.stdout.write(`\n${JSON.stringify(await runDryCase(JSON.parse(argument)))}\n`);
