import type { Library } from '../library/library.ts';

/**
 * 64 MiB of the write-ahead log: pages that several batches touch (the index of content hashes) are copied back once,
 * not each time.
 */
const logPages = 16_384;

/**
 * Runs one batch of an import without waiting for the disk. In WAL mode that can lose the batch in a power cut, never
 * harm the library; the dataset counts only once `finishDataset` has put all of it on disk. Synchronous on purpose:
 * nobody else's write can fall into the relaxed stretch.
 */
export function writeInBulk<Result>({ db }: Library, work: () => Result): Result {
  const checkpoint = db.pragma('wal_autocheckpoint', { simple: true });
  db.pragma('synchronous = NORMAL');
  db.pragma(`wal_autocheckpoint = ${logPages}`);
  try {
    return work();
  } finally {
    db.pragma(`wal_autocheckpoint = ${String(checkpoint)}`);
    db.pragma('synchronous = FULL');
  }
}
