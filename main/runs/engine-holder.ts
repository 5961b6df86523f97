import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { holderOf, lockFile } from '../../native-models/engine/run-lock.ts';

/** The process that holds a run folder, whether or not it has been heard of lately; `null` where none does, 0 where it is not known which. */
export function engineHolding(folder: string): number | null {
  const file = join(folder, lockFile);
  if (!existsSync(file)) return null;
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.exec('BEGIN IMMEDIATE');
    return null;
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    return holderOf(folder) ?? 0;
  } finally {
    lock.close();
  }
}

/**
 * Ends an engine that holds a run folder and is not heard of any more: held still, or stuck in a call that never returns.
 * Gives whether it could be told for sure that the process is that engine, which only Linux can.
 */
export function endSilentEngine(pid: number, folder: string): boolean {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(folder)) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
