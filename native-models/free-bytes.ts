import { statfsSync } from 'node:fs';

/** Bytes that this program may still write to the disk of a folder. Throws where the folder does not exist. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
