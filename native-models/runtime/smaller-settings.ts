import type { KeptLayers } from '../vocabulary/setting-row.ts';

interface AdapterSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
}

/** What can be made smaller. */
export interface ShrinkableSettings {
  readonly batchSize: number;
  readonly accumulate: number;
  readonly maxLength: number;
  /** `null` trains every parameter. */
  readonly lora: AdapterSettings | null;
  readonly keptLayers: KeptLayers | 'auto';
  /** How frozen weights are kept. */
  readonly storage: 'as stored' | 'int4';
}

/** Some settings, changed. */
export interface SettingsChange {
  readonly keptLayers?: 1;
  readonly batchSize?: number;
  readonly accumulate?: number;
  readonly precision?: 'int4';
  readonly maxLength?: number;
  readonly lora?: AdapterSettings;
}

const shortest = 128;
const smallestRank = 4;
const usualAdapter = { rank: 16, alpha: 32, targets: [] };

/**
 * Settings that need less memory, the change that costs least first: layers recomputed, smaller micro-batches of the
 * same step, int4 weights, shorter texts, then a smaller adapter, or one in place of all parameters. Each keeps the
 * changes before it.
 */
export function smallerSettings(settings: ShrinkableSettings): readonly SettingsChange[] {
  const { batchSize, accumulate, maxLength, lora, keptLayers, storage } = settings;
  const recomputed: SettingsChange = keptLayers === 'all' ? { keptLayers: 1 } : {};
  const batches = powersOfTwoBelow(batchSize).map((smaller): SettingsChange => ({
    ...recomputed,
    batchSize: smaller,
    accumulate: Math.ceil((batchSize * accumulate) / smaller),
  }));
  const singly = batches.at(-1) ?? recomputed;
  // Weights that are trained have to stay as they are.
  const narrow: SettingsChange = lora === null || storage === 'int4' ? singly : { ...singly, precision: 'int4' };
  const shorter = powersOfTwoBelow(maxLength)
    .filter((length) => length >= shortest)
    .map((length): SettingsChange => ({ ...narrow, maxLength: length }));
  const least = shorter.at(-1) ?? narrow;
  const adapters =
    lora === null
      ? [usualAdapter]
      : powersOfTwoBelow(lora.rank)
          .filter((rank) => rank >= smallestRank)
          .map((rank) => ({ ...lora, rank, alpha: (lora.alpha / lora.rank) * rank }));
  const changes = [
    recomputed,
    ...batches,
    narrow,
    ...shorter,
    ...adapters.map((adapter): SettingsChange => ({ ...(lora === null ? singly : least), lora: adapter })),
  ];
  return changes.filter((change) => Object.keys(change).length > 0);
}

/** A change in words, e.g. `layers computed again, int4 weights`. */
export function inWords({ keptLayers, batchSize, accumulate, precision, maxLength, lora }: SettingsChange): string {
  const parts = [
    keptLayers === undefined ? null : 'layers computed again',
    batchSize === undefined ? null : `batches of ${batchSize} with ${accumulate ?? 1} accumulated`,
    precision === undefined ? null : `${precision} weights`,
    maxLength === undefined ? null : `at most ${maxLength} tokens a sequence`,
    lora === undefined ? null : `an adapter of rank ${lora.rank}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** From the largest down, without the limit itself. */
function powersOfTwoBelow(limit: number): number[] {
  return Array.from({ length: Math.ceil(Math.log2(Math.max(1, limit))) }, (_, exponent) => 2 ** exponent).toReversed();
}
