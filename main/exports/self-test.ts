import { join } from 'node:path';
import { z } from 'zod';
import type { TrainJob } from '../../native-models/engine/job.ts';
import { failed } from '../../native-models/failure.ts';
import { parseFields, readJsonFile } from '../../native-models/formats/json-file.ts';
import { readSafetensorsHeader, readTensor } from '../../native-models/formats/safetensors/read.ts';
import { openModelFolder } from '../../native-models/formats/model-folder.ts';
import { precisions } from '../../native-models/architectures/precision.ts';
import { scoreOnnxPairs, scorePairs, type ScoredPair, type ScoreOptions } from '../evaluation/held-out.ts';
import type { ObjectivePair } from '../transform/training-pairs.ts';

/** An exported folder was loaded again and compared with the trained model. */
export interface SelfTest {
  /** `log-probs`: of pairs, under both; `tensors`: the adapter's numbers, which must be the same. */
  readonly compared: 'log-probs' | 'tensors';
  /** Pairs, or tensors. */
  readonly count: number;
  /** Largest difference of a summed log-prob in nats, or of a number. */
  readonly largestDifference: number;
  /** What would have been accepted for the pair with the largest difference; rounding to the stored type explains that much. */
  readonly tolerance: number;
  /** ONNX: largest difference, in nats, of a next token's log-probs between a step with the cache and the whole text at once. */
  readonly cachedDifference?: number;
}

/** Nats a token that rounding the merged weights to their stored type may cost. */
const natsPerToken = { float32: 1e-3, float16: 2e-2, bfloat16: 1e-1 } as const;

/** What is compared, and how it is scored. */
export interface LogProbComparison {
  readonly job: TrainJob;
  readonly checkpoint: string;
  /** What was exported. */
  readonly folder: string;
  readonly pairs: readonly ObjectivePair[];
  readonly options: ScoreOptions;
}

/**
 * Scores pairs under the trained model and under the exported model folder, both with float32 products over weights as stored:
 * what int4 or narrow products cost in training is no fault of the export. Throws `export-self-test-failed`.
 */
export async function compareLogProbs(comparison: LogProbComparison): Promise<SelfTest> {
  const { folder, pairs, options } = comparison;
  const trained = await scoreTrained(comparison);
  const exported = await scorePairs({ path: folder, checkpoint: null, precision: precisions.float32, cacheFolder: folder }, pairs, secondHalf(options));
  return closeEnough(trained, exported, await storedTolerance(folder));
}

/** The same for a folder with `model.onnx`, which its own runtime scores, once with its cache too. Throws `export-self-test-failed`. */
export async function compareOnnx(comparison: LogProbComparison): Promise<SelfTest> {
  const { folder, pairs, options } = comparison;
  const trained = await scoreTrained(comparison);
  const exported = await scoreOnnxPairs(folder, pairs, secondHalf(options));
  const { cachedDifference } = exported;
  if (cachedDifference > natsPerToken.float32)
    throw failed('export-self-test-failed', `The exported model gives other log-probs with its cache than without: ${cachedDifference} nats apart, at most ${natsPerToken.float32} expected. Nothing was kept of the export; report this as a defect.`, { largestDifference: cachedDifference, tolerance: natsPerToken.float32 });
  return { ...closeEnough(trained, exported.pairs, natsPerToken.float32), cachedDifference };
}

function scoreTrained({ job, checkpoint, folder, pairs, options }: LogProbComparison): Promise<ScoredPair[]> {
  return scorePairs({ path: job.model.path, checkpoint, precision: precisions.float32, cacheFolder: folder }, pairs, { ...options, onProgress: (fraction) => options.onProgress?.(fraction / 2) });
}

function secondHalf(options: ScoreOptions): ScoreOptions {
  return { ...options, onProgress: (fraction) => options.onProgress?.((1 + fraction) / 2) };
}

function closeEnough(trained: readonly ScoredPair[], exported: readonly ScoredPair[], perToken: number): SelfTest {
  const differences = trained.flatMap((pair, index) =>
    (['chosen', 'rejected'] as const).map((side) => {
      const other = exported[index]?.[side];
      // Not a number differs from everything.
      const difference = Math.abs(pair[side].logp - (other?.logp ?? Number.NaN));
      return { difference: Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference, tolerance: perToken * pair[side].tokens };
    }),
  );
  const worst = differences.reduce((most, one) => (one.difference / one.tolerance > most.difference / most.tolerance ? one : most), { difference: 0, tolerance: perToken });
  if (worst.difference > worst.tolerance)
    throw failed('export-self-test-failed', `The exported model gives other log-probs than the trained one: ${worst.difference} nats apart, at most ${worst.tolerance} expected. Nothing was kept of the export; report this as a defect.`, { largestDifference: worst.difference, tolerance: worst.tolerance });
  return { compared: 'log-probs', count: trained.length, largestDifference: worst.difference, tolerance: worst.tolerance };
}

const adapterConfig = z.looseObject({ r: z.number(), lora_alpha: z.number(), peft_type: z.literal('LORA') });

/** Reads an exported adapter again and compares every number with the checkpoint's. Throws `export-self-test-failed`. */
export async function compareAdapter(job: TrainJob, checkpoint: string, folder: string): Promise<SelfTest> {
  const configFile = join(folder, 'adapter_config.json');
  const { r, lora_alpha: alpha } = parseFields(adapterConfig, await readJsonFile(configFile), configFile, 'export-self-test-failed');
  const trained = (await readSafetensorsHeader(join(checkpoint, 'adapter.safetensors'))).tensors;
  const exported = new Map((await readSafetensorsHeader(join(folder, 'adapter_model.safetensors'))).tensors.map((entry) => [entry.name, entry]));
  let largestDifference = 0;
  for (const entry of trained) {
    const other = exported.get(entry.name);
    const numbers = other === undefined ? null : await readTensor(other);
    for (const [index, value] of (await readTensor(entry)).entries()) {
      const difference = Math.abs(value - (numbers?.[index] ?? Number.NaN));
      largestDifference = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largestDifference, difference);
    }
  }
  const scale = job.settings.lora === null ? null : job.settings.lora.alpha / job.settings.lora.rank;
  if (largestDifference > 0 || exported.size !== trained.length || alpha / r !== scale)
    throw failed('export-self-test-failed', `The exported adapter in ${folder} is not the trained one (${exported.size} of ${trained.length} tensors, largest difference ${largestDifference}). Nothing was kept of the export; report this as a defect.`, { folder, largestDifference });
  return { compared: 'tensors', count: trained.length, largestDifference, tolerance: 0 };
}

/** By the coarsest type the weights are stored in. */
async function storedTolerance(folder: string): Promise<number> {
  const dtypes = new Set([...(await openModelFolder(folder)).tensors.values()].map(({ dtype }) => dtype));
  return dtypes.has('bfloat16') ? natsPerToken.bfloat16 : dtypes.has('float16') ? natsPerToken.float16 : natsPerToken.float32;
}
