import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isAlive } from '../../native-models/is-alive.ts';
import { holderOf, lockFile } from '../../native-models/protocol/run-folder/lock.ts';

/**
 * The process that holds a run folder, whether or not it has been heard of lately; `null` where none does, 0 where it
 * is not known which.
 */
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
 * Ends an engine that holds a run folder and is not heard of any more: held still, or stuck in a call that never
 * returns. Gives whether it is ending: where it lives, it has to be told for sure that the process is that engine,
 * which only Linux can.
 */
export function endSilentEngine(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return true;
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    // A process on its way out has no command line any more, and lets go of the lock in a moment.
    if (commandLine === '') return true;
    if (!commandLine.split('\0').includes(folder)) return false;
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
