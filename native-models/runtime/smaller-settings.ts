/** What of a run's settings decides its memory. */
export interface MemorySettings {
  readonly batchSize: number;
  readonly accumulate: number;
  readonly maxLength: number;
  /** `null` trains every parameter. */
  readonly lora: { readonly rank: number; readonly alpha: number; readonly targets: readonly string[] } | null;
  readonly sharedPrefix: boolean;
  /** Layers recomputed together in the backward pass, 0 for none; `true` and `auto` leave the number to the memory plan. */
  readonly layerCheckpointing: boolean | 'auto' | number;
}

export type SettingsChange = { readonly [Name in keyof MemorySettings]?: MemorySettings[Name] };

const shortest = 128;
const smallestRank = 4;
const usualAdapter = { rank: 16, alpha: 32, targets: [] };

/**
 * Settings that need less memory, the change that costs least first: layers recomputed, smaller micro-batches of the same
 * step, shorter texts, then a smaller adapter, or one in place of all parameters. Each keeps the changes before it.
 */
export function smallerSettings(settings: MemorySettings): readonly SettingsChange[] {
  const { batchSize, accumulate, maxLength, lora, layerCheckpointing } = settings;
  const recomputed: SettingsChange = layerCheckpointing === false || layerCheckpointing === 0 ? { layerCheckpointing: true } : {};
  const batches = powersOfTwoBelow(batchSize).map((smaller): SettingsChange => ({ ...recomputed, batchSize: smaller, accumulate: Math.ceil((batchSize * accumulate) / smaller) }));
  const singly = batches.at(-1) ?? recomputed;
  const shorter = powersOfTwoBelow(maxLength).filter((length) => length >= shortest).map((length): SettingsChange => ({ ...singly, maxLength: length }));
  const least = shorter.at(-1) ?? singly;
  const adapters = lora === null ? [usualAdapter] : powersOfTwoBelow(lora.rank).filter((rank) => rank >= smallestRank).map((rank) => ({ ...lora, rank, alpha: (lora.alpha / lora.rank) * rank }));
  const changes = [recomputed, ...batches, ...shorter, ...adapters.map((adapter): SettingsChange => ({ ...(lora === null ? singly : least), lora: adapter }))];
  return changes.filter((change) => Object.keys(change).length > 0);
}

/** A change as options of the command line. */
export function asOptions({ layerCheckpointing, batchSize, accumulate, maxLength, lora }: SettingsChange): string {
  const options = [
    layerCheckpointing === undefined ? null : '--checkpoint-layers on',
    batchSize === undefined ? null : `--batch-size ${batchSize} --accumulate ${accumulate ?? 1}`,
    maxLength === undefined ? null : `--max-length ${maxLength}`,
    lora === undefined || lora === null ? null : `--lora-rank ${lora.rank}`,
  ];
  return options.filter((option) => option !== null).join(' ');
}

/** From the largest down, without the limit itself. */
function powersOfTwoBelow(limit: number): number[] {
  return Array.from({ length: Math.ceil(Math.log2(Math.max(1, limit))) }, (_, exponent) => 2 ** exponent).toReversed();
}
