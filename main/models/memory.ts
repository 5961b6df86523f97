import type { TrainSettings } from '../../native-models/engine/job.ts';
import { loraModules } from '../../native-models/adapters/lora.ts';
import { fullParameters, loraParameters } from '../../native-models/adapters/trained-parameters.ts';
import type { DecoderConfig } from '../../native-models/architectures/decoder-config.ts';
import { decoderTensorShapes, parameterCount } from '../../native-models/architectures/config.ts';
import { doesNotFit } from '../../native-models/failure.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import { attentionBlocksFor } from '../../native-models/runtime/attention-blocks.ts';
import { batchShape, predictMemory, type MemoryPart } from '../../native-models/runtime/memory-plan.ts';

/** What of the settings decides memory. */
export type MemorySettings = Pick<TrainSettings, 'batchSize' | 'accumulate' | 'maxLength' | 'lora' | 'sharedPrefix' | 'layerCheckpointing'>;

/** The longest pair of the data, in tokens. */
export interface LongestPair {
  readonly prompt: number;
  readonly response: number;
}

export interface MemoryPlan {
  readonly parts: readonly MemoryPart[];
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly fits: boolean;
  readonly layerCheckpointing: boolean;
  readonly headChunks: number;
  /** The nearest settings that fit, when these do not and some do. */
  readonly nearestFit: Partial<MemorySettings> | null;
}

/**
 * Plans a run's memory. `auto` checkpointing is off where that fits into three quarters of what is available, since
 * it costs a third more time. `longest: null` assumes pairs of half prompt, half response that fill the maximum length.
 */
export function planMemory(config: DecoderConfig, settings: MemorySettings, availableBytes: number, longest: LongestPair | null = null): MemoryPlan {
  const plan = predict(config, settings, availableBytes, longest);
  return { ...plan, availableBytes, fits: plan.totalBytes <= availableBytes, nearestFit: plan.totalBytes <= availableBytes ? null : nearestFit(config, settings, availableBytes, longest) };
}

/** Throws `does-not-fit-memory` (exit 3) with the numbers and the nearest setting that fits. */
export function requireMemory(plan: MemoryPlan, modelPath: string): void {
  if (plan.fits) return;
  const nearest = plan.nearestFit === null ? 'No setting of this model fits; choose a smaller model or a larger machine.' : `It fits with ${describeSettings(plan.nearestFit)}.`;
  throw doesNotFit('does-not-fit-memory', `Training ${modelPath} needs about ${gigabytes(plan.totalBytes)}, but ${gigabytes(plan.availableBytes)} are available here. ${nearest}`, {
    model: modelPath, neededBytes: plan.totalBytes, availableBytes: plan.availableBytes, parts: plan.parts.map((part) => ({ ...part })),
    nearestFit: plan.nearestFit === null ? null : JSON.parse(JSON.stringify(plan.nearestFit)),
  });
}

type Prediction = Pick<MemoryPlan, 'parts' | 'totalBytes' | 'layerCheckpointing' | 'headChunks'>;

function predict(config: DecoderConfig, settings: MemorySettings, availableBytes: number, longest: LongestPair | null): Prediction {
  const { lora, layerCheckpointing } = settings;
  const trained = lora === null ? fullParameters(config) : loraParameters(config, lora);
  const ask = (checkpointing: boolean): Prediction => ({
    layerCheckpointing: checkpointing,
    ...predictMemory({
      config,
      storedBytesPerWeight: config.torchDtype === 'float32' ? 4 : 2,
      trainedParameters: trained.layout.size,
      adapterRanksPerLayer: lora === null ? 0 : (lora.rank * loraModules(config, decoderTensorShapes(config), lora.targets).length) / config.layers,
      batch: batchShape(settings.batchSize, withinLength(longest, settings.maxLength), settings.sharedPrefix),
      layerCheckpointing: checkpointing,
      attentionBlocks: attentionBlocksFor(config.heads, settings.batchSize, 2 * settings.maxLength),
    }),
  });
  if (layerCheckpointing !== 'auto') return ask(layerCheckpointing);
  const plain = ask(false);
  return plain.totalBytes <= 0.75 * availableBytes ? plain : ask(true);
}

function withinLength(longest: LongestPair | null, maxLength: number): LongestPair {
  const { prompt, response } = longest ?? { prompt: maxLength / 2, response: maxLength / 2 };
  const kept = Math.min(response, Math.max(maxLength - prompt, maxLength / 4));
  return { prompt: Math.round(Math.min(prompt, maxLength - kept)), response: Math.round(kept) };
}

/** Cheapest change first: recompute layers, smaller micro-batches of the same step, shorter texts, an adapter instead of all. */
function nearestFit(config: DecoderConfig, settings: MemorySettings, availableBytes: number, longest: LongestPair | null): Partial<MemorySettings> | null {
  const fits = (change: Partial<MemorySettings>) => predict(config, { ...settings, ...change }, availableBytes, longest).totalBytes <= availableBytes;
  const batches = powersOfTwoBelow(settings.batchSize).map((batchSize) => ({ layerCheckpointing: true, batchSize, accumulate: Math.ceil((settings.batchSize * settings.accumulate) / batchSize) }));
  const smallest = batches.at(-1) ?? { layerCheckpointing: true };
  const shorter = powersOfTwoBelow(settings.maxLength).filter((maxLength) => maxLength >= 128).map((maxLength) => ({ ...smallest, maxLength }));
  const adapter = settings.lora === null ? [{ ...smallest, lora: { rank: 16, alpha: 32, targets: [] } }] : [];
  return [{ layerCheckpointing: true }, ...batches, ...shorter, ...adapter].find(fits) ?? null;
}

function powersOfTwoBelow(limit: number): number[] {
  return Array.from({ length: Math.ceil(Math.log2(Math.max(1, limit))) }, (_, index) => 2 ** index).toReversed();
}

function describeSettings(settings: Partial<MemorySettings>): string {
  const options = [
    settings.layerCheckpointing === true ? '--checkpoint-layers on' : null,
    settings.batchSize === undefined ? null : `--batch-size ${settings.batchSize} --accumulate ${settings.accumulate ?? 1}`,
    settings.maxLength === undefined ? null : `--max-length ${settings.maxLength}`,
    settings.lora === undefined || settings.lora === null ? null : `--lora-rank ${settings.lora.rank}`,
  ];
  return options.filter((option) => option !== null).join(' ');
}

/** Numbers trained: the adapter's, or all of the model's. */
export function trainedParameterCount(config: DecoderConfig, lora: TrainSettings['lora']): number {
  return lora === null ? parameterCount(config) : loraParameters(config, lora).layout.size;
}
