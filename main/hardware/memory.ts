import { freemem, totalmem } from 'node:os';
import { findGpus } from './gpus.ts';
import type { ProviderName } from '../../native-models/vocabulary/lists.ts';

/** What a new run could use now. */
export interface AvailableMemory {
  readonly hostBytes: number;
  /** Free on the card; `null` where there is none, or nobody tells. */
  readonly cardBytes: number | null;
}

/** Memory of this machine, or of the container when that has less, in bytes. */
export function totalMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** What a new process could use now: free memory and file caches, within the container's limit. */
export function availableMemoryBytes(): number {
  return Math.min(freemem(), totalMemoryBytes());
}

/** What is free now for a run on a provider: CUDA's card is asked, other devices do not tell. */
export async function availableMemory(provider: ProviderName): Promise<AvailableMemory> {
  const [card] = provider === 'cuda' ? await findGpus() : [];
  return { hostBytes: availableMemoryBytes(), cardBytes: card?.freeBytes ?? null };
}
