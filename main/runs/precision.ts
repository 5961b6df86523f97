import { resolve } from 'node:path';
import { resolvePrecision, runnableOn } from '../../native-models/decoder/precision.ts';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import { readJob } from '../../native-models/protocol/run-folder/job.ts';
import type { ComputedModel } from '../../native-models/protocol/tasks.ts';
import { findGpus } from '../hardware/gpus.ts';
import { type LongestPair, type MemorySettings, planMemory } from '../models/memory.ts';
import type { RunRecord } from './runs.ts';
import type { ProviderName, PrecisionChoice } from '../../native-models/vocabulary/lists.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import type { ResolvedPrecision } from '../../native-models/protocol/precision.ts';

type PrecisionSettings = MemorySettings & Pick<TrainSettings, 'provider' | 'precision'>;

/** The precision of a run on this machine, and why. Throws `precision-unavailable`. */
export async function precisionOf(
  config: DecoderConfig,
  settings: PrecisionSettings,
  longest: LongestPair | null,
): Promise<ResolvedPrecision> {
  const { provider, precision: asked, lora } = settings;
  const card = await cardFacts(provider);
  const inHalf = planMemory(
    config,
    settings,
    { storage: 'as stored', compute: 'bfloat16' },
    { hostBytes: Infinity, cardBytes: card.freeBytes },
    longest,
  );
  const halfPrecisionBytes = inHalf.needs.find(({ place }) => place === 'card')?.neededBytes ?? null;
  return resolvePrecision({ asked, provider, trainsEverything: lora === null, ...card, halfPrecisionBytes });
}

/** A model folder that no run trained, in the precision that `auto` stands for. */
export async function untrainedModel(path: string, provider: ProviderName, libraryDir: string): Promise<ComputedModel> {
  const asked: PrecisionChoice = 'auto';
  const precision = resolvePrecision({
    asked,
    provider,
    trainsEverything: false,
    ...(await cardFacts(provider)),
    halfPrecisionBytes: null,
  });
  return { path, checkpoint: null, precision, cacheFolder: cacheFolder(libraryDir) };
}

/** What a run trained, computed as it was trained, or with float32 products on a provider that cannot do that. */
export async function trainedModel(
  { folder }: Pick<RunRecord, 'folder'>,
  checkpoint: string | null,
  provider: ProviderName,
): Promise<ComputedModel> {
  const job = await readJob(folder);
  return {
    path: job.model.path,
    checkpoint,
    precision: runnableOn(provider, job.precision),
    cacheFolder: resolve(folder, job.cacheFolder),
  };
}

/** What a library's runs share on disk besides the database. */
export function cacheFolder(libraryDir: string): string {
  return resolve(libraryDir, 'cache');
}

async function cardFacts(
  provider: ProviderName,
): Promise<{ readonly computeCapability: number | null; readonly freeBytes: number | null }> {
  const [card] = provider === 'cuda' ? await findGpus() : [];
  return { computeCapability: card?.computeCapability ?? null, freeBytes: card?.freeBytes ?? null };
}
