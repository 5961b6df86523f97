import { loraModules } from '../../native-models/parameters/lora.ts';
import { fullParameters, loraParameters } from '../../native-models/parameters/trained-parameters.ts';
import { parameterCount } from '../../native-models/decoder/tensor-shapes.ts';
import type { DecoderConfig } from '../../native-models/families/decoder-config.ts';
import { doesNotFit } from '../../native-models/failure.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import { attentionBlocksFor } from '../../native-models/runtime/attention-blocks.ts';
import { batchShape } from '../../native-models/runtime/memory-bytes.ts';
import {
  predictMemory,
  totalBytes,
  type MemoryPart,
  type MemoryPlace,
  type MemoryPrediction,
} from '../../native-models/runtime/memory-plan.ts';
import { inWords, smallerSettings, type SettingsChange } from '../../native-models/runtime/smaller-settings.ts';
import type { AvailableMemory } from '../hardware/memory.ts';
import type { TrainSettings } from '../../native-models/vocabulary/settings.ts';
import type { KeptLayers } from '../../native-models/vocabulary/setting-row.ts';
import type { Precision } from '../../native-models/protocol/precision.ts';

/** What of the settings decides memory. */
export type MemorySettings = Pick<
  TrainSettings,
  'batchSize' | 'accumulate' | 'maxLength' | 'lora' | 'sharedPrefix' | 'keptLayers' | 'provider'
>;
/** In what the run computes, once that is decided. */
export type PlannedPrecision = Pick<Precision, 'storage' | 'compute'>;

/** The longest pair of the data, in tokens. */
export interface LongestPair {
  readonly prompt: number;
  readonly response: number;
}

/** What a run needs of one memory, and what is free there; `null` where nobody can tell. */
export interface MemoryNeed {
  readonly place: MemoryPlace;
  readonly neededBytes: number;
  readonly availableBytes: number | null;
}

export interface MemoryPlan {
  readonly parts: readonly MemoryPart[];
  /** The card's first, where there is one. */
  readonly needs: readonly MemoryNeed[];
  readonly fits: boolean;
  readonly keptLayers: KeptLayers;
  /** The change of settings that costs least and makes it fit, when these do not and some do. */
  readonly nearestFit: SettingsChange | null;
}

/** `auto` recomputes nothing where that leaves so much of the memory free. */
const comfortableShare = 0.75;

/**
 * Plans a run's memory: the one place that decides how many layers are recomputed. Left to choose, it recomputes as few
 * as leave a quarter of the available memory free, else as few as fit, since recomputing all costs a third more time.
 * `longest: null` assumes pairs of half prompt, half response that fill the maximum length.
 */
export function planMemory(
  config: DecoderConfig,
  settings: MemorySettings,
  precision: PlannedPrecision,
  available: AvailableMemory,
  longest: LongestPair | null = null,
): MemoryPlan {
  const plan = plannedAs(config, settings, precision, available, longest);
  return { ...plan, nearestFit: plan.fits ? null : nearestFit(config, settings, precision, available, longest) };
}

/** Throws `does-not-fit-memory` (exit 3) with the numbers and the nearest setting that fits. */
export function requireMemory({ fits, needs, parts, nearestFit: nearest }: MemoryPlan, modelPath: string): void {
  if (fits) return;
  const short = needs.filter(isShort);
  const remedy =
    nearest === null
      ? 'No setting of this model fits; choose a smaller model or a larger machine.'
      : `It fits with ${inWords(nearest)}.`;
  throw doesNotFit('does-not-fit-memory', `Training ${modelPath} ${short.map(needText).join(' and ')}. ${remedy}`, {
    model: modelPath,
    place: short[0]?.place ?? null,
    neededBytes: short[0]?.neededBytes ?? null,
    availableBytes: short[0]?.availableBytes ?? null,
    parts: parts.map((part) => ({ ...part })),
    nearestFit: nearest === null ? null : JSON.parse(JSON.stringify(nearest)),
  });
}

/** `needs about 20 GB of the card's memory, but 8 GB are free`. */
export function needText({ place, neededBytes, availableBytes }: MemoryNeed): string {
  return (
    `needs about ${gigabytes(neededBytes)} of ${place === 'card' ? "the card's memory" : 'memory'}, but ` +
    `${availableBytes === null ? 'an unknown amount is' : `${gigabytes(availableBytes)} are`} available`
  );
}

/** Numbers trained: the adapter's, or all of the model's. */
export function trainedParameterCount(config: DecoderConfig, lora: TrainSettings['lora']): number {
  return lora === null ? parameterCount(config) : loraParameters(config, lora).layout.size;
}

function isShort({ neededBytes, availableBytes }: MemoryNeed): boolean {
  return availableBytes !== null && neededBytes > availableBytes;
}

type Predicted = Omit<MemoryPlan, 'nearestFit'>;

function plannedAs(
  config: DecoderConfig,
  settings: MemorySettings,
  precision: PlannedPrecision,
  available: AvailableMemory,
  longest: LongestPair | null,
): Predicted {
  const { lora, keptLayers, batchSize, maxLength } = settings;
  const trained = lora === null ? fullParameters(config) : loraParameters(config, lora);
  const question = {
    config,
    provider: settings.provider,
    precision,
    trainedParameters: trained.layout.size,
    adapterRanksPerLayer:
      lora === null ? 0 : (lora.rank * loraModules(config, lora.targets).length) / config.layers.length,
    batch: batchShape(batchSize, withinLength(longest, maxLength), settings.sharedPrefix),
    accumulates: settings.accumulate > 1,
    attentionBlocks: attentionBlocksFor(settings.provider, config.heads, batchSize, 2 * maxLength),
  };
  const ask = (kept: KeptLayers): Predicted =>
    asPlan(predictMemory({ ...question, keptLayers: kept }), kept, available);
  if (keptLayers !== 'auto') return ask(keptLayers);
  // Each further kept layer costs memory and saves the time of computing it again.
  const mostFirst = [
    ask('all'),
    ...Array.from({ length: config.layers.length - 1 }, (_, index) => ask(config.layers.length - 1 - index)),
  ];
  return mostFirst.find(isComfortable) ?? mostFirst.find(({ fits }) => fits) ?? ask(1);
}

function asPlan(
  { parts }: MemoryPrediction,
  keptLayers: KeptLayers,
  { hostBytes, cardBytes }: AvailableMemory,
): Predicted {
  const need = (place: MemoryPlace, availableBytes: number | null): MemoryNeed => ({
    place,
    neededBytes: totalBytes(parts.filter((part) => part.place === place)),
    availableBytes,
  });
  const needs = [
    ...(parts.some(({ place }) => place === 'card') ? [need('card', cardBytes)] : []),
    need('host', hostBytes),
  ];
  return { parts, needs, fits: !needs.some(isShort), keptLayers };
}

function isComfortable({ needs }: Predicted): boolean {
  return needs.every(
    ({ neededBytes, availableBytes }) => availableBytes === null || neededBytes <= comfortableShare * availableBytes,
  );
}

function withinLength(longest: LongestPair | null, maxLength: number): LongestPair {
  const { prompt, response } = longest ?? { prompt: maxLength / 2, response: maxLength / 2 };
  const kept = Math.min(response, Math.max(maxLength - prompt, maxLength / 4));
  return { prompt: Math.round(Math.min(prompt, maxLength - kept)), response: Math.round(kept) };
}

function nearestFit(
  config: DecoderConfig,
  settings: MemorySettings,
  precision: PlannedPrecision,
  available: AvailableMemory,
  longest: LongestPair | null,
): SettingsChange | null {
  const fits = (change: SettingsChange): boolean =>
    plannedAs(
      config,
      { ...settings, ...change },
      change.precision === 'int4' ? { ...precision, storage: 'int4' } : precision,
      available,
      longest,
    ).fits;
  return smallerSettings({ ...settings, storage: precision.storage }).find(fits) ?? null;
}
