import { statSync } from 'node:fs';
import { join } from 'node:path';
import { doesNotFit } from '../../native-models/failure.ts';
import { freeBytesOf } from '../../native-models/free-bytes.ts';
import { gigabytes } from '../../native-models/gigabytes.ts';
import type { Library } from '../library/library.ts';

/** Labels, and taking the rows back, need room when an import has used up the rest. */
const reserveBytes = 16 * 1024 * 1024;

/**
 * Asks for room for everything else, while there is some: on a disk that is full to the last byte not even what was
 * stored could be taken back, and what lies in the write-ahead log needs as much again to come into the library.
 * @throws Failure `library-disk-full`
 */
export function requireImportRoom({ dir }: Library): void {
  const logBytes = statSync(join(dir, 'library.sqlite-wal'), { throwIfNoEntry: false })?.size ?? 0;
  const [free, needed] = [freeBytesOf(dir), logBytes + reserveBytes];
  if (free >= needed) return;
  throw doesNotFit(
    'library-disk-full',
    `Only ${gigabytes(free)} is left on the disk for the library in ${dir}, so the import was stopped and ` +
      'nothing was imported. Free some space and import again.',
    { folder: dir, freeBytes: free, neededBytes: needed },
  );
}
