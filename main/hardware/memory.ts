import { freemem, totalmem } from 'node:os';

/** Memory of this machine, or of the container when that has less, in bytes. */
export function totalMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** What a new process could use now: free memory and file caches, within the container's limit. */
export function availableMemoryBytes(): number {
  return Math.min(freemem(), totalMemoryBytes());
}
