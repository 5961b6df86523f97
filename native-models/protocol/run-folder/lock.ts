import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { badInput } from '../../failure.ts';
import { writeFailure } from '../../files/atomic-file.ts';

/** The file on which the engine of a run holds a lock. */
export const lockFile = 'engine.lock';
/** The process id of who holds it. Only who has the lock writes it, so while the lock is held it is the holder's. */
const holderFile = 'engine.pid';

/** An engine that was just ended lets go within this. */
const waitMilliseconds = 5000;
const busy = 5;

/**
 * Takes a run folder for this process alone and gives what lets go of it. The lock is one of the file system, so it is
 * gone when its process is, however that ended, and a process that is merely held still keeps it.
 * @throws Failure `run-is-active`, `disk-full`, `folder-not-writable`
 */
export function lockRunFolder(runFolder: string): () => void {
  const file = join(runFolder, lockFile);
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(file, { timeout: waitMilliseconds });
    lock.exec('BEGIN IMMEDIATE');
    writeFileSync(join(runFolder, holderFile), `${process.pid}\n`);
    return () => lock?.close();
  } catch (error) {
    lock?.close();
    const held = error instanceof Error && 'errcode' in error && error.errcode === busy;
    if (!held) throw writeFailure(file, error);
    const pid = holderOf(runFolder);
    throw badInput(
      'run-is-active',
      `Process ${pid ?? 'unknown'} works on the run in ${runFolder} already. Wait for it, or stop it first.`,
      { folder: runFolder, pid },
      { cause: error },
    );
  }
}

/** The process that took the lock of a run folder last; `null` where that cannot be read. */
export function holderOf(runFolder: string): number | null {
  try {
    const pid = Number(readFileSync(join(runFolder, holderFile), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
