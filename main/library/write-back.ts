import type { Library } from './library.ts';

/**
 * Writes what the write-ahead log holds into `library.sqlite`, as far as nobody reads it: copies and sync programs
 * often take that one file. Never throws: what could not be written back stays in the log, and the next time tries
 * again.
 */
export function writeBack({ db, readOnly }: Library): void {
  if (!db.open || db.inTransaction || readOnly !== null) return;
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // As on a full disk; a write that is lost is told by its own failure.
  }
}
