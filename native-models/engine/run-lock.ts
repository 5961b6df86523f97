import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { badInput } from '../failure.ts';
import { writeFailure } from '../formats/atomic-file.ts';

/** The file on which the engine of a run holds a lock; its user version is the engine's process id. */
export const lockFile = 'engine.lock';

/** An engine that was just ended lets go within this. */
const waitMilliseconds = 5000;
const busy = 5;

/**
 * Takes a run folder for this process alone and gives what lets go of it. The lock is one of the file system, so it is gone
 * when its process is, however that ended, and a process that is merely held still keeps it.
 * @throws Failure `run-is-active`, `disk-full`, `folder-not-writable`
 */
export function lockRunFolder(runFolder: string): () => void {
  const file = join(runFolder, lockFile);
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(file, { timeout: waitMilliseconds });
    lock.exec(`PRAGMA user_version = ${process.pid}; BEGIN IMMEDIATE`);
    return () => lock?.close();
  } catch (error) {
    const held = error instanceof Error && 'errcode' in error && error.errcode === busy;
    const holder: unknown = held ? lock?.prepare('PRAGMA user_version').get()?.['user_version'] : null;
    lock?.close();
    if (!held) throw writeFailure(file, error);
    throw badInput('run-is-active', `Process ${String(holder)} works on the run in ${runFolder} already. Wait for it, or stop it first.`, { folder: runFolder, pid: Number(holder) }, { cause: error });
  }
}
