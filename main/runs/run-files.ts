import { existsSync } from 'node:fs';
import { type Failure, badInput } from '../../native-models/failure.ts';
import { statPlainFileSync } from '../../native-models/files/plain-file.ts';
import { isAlive } from '../../native-models/is-alive.ts';
import { jobPath } from '../../native-models/protocol/run-folder/job.ts';
import { lastFailure, logEnd } from '../../native-models/protocol/run-folder/log.ts';
import type { RunStatus } from '../../native-models/protocol/run-folder/status.ts';
import { engineCrashed } from '../engine/run-task.ts';
import { awakeSince } from './machine-sleep.ts';

/**
 * What is wrong with the folder of a run: `run-folder-missing`, `run-folder-invalid`, or `null`. Looks, and reads
 * nothing.
 */
export function folderProblem(folder: string): Failure | null {
  if (!existsSync(folder))
    return badInput(
      'run-folder-missing',
      `The folder ${folder} is gone, and with it what this run trained. Put it back, or throw the run away.`,
      { folder },
    );
  try {
    statPlainFileSync(jobPath(folder));
    return null;
  } catch (error) {
    return badInput(
      'run-folder-invalid',
      `${folder} is no run folder any more: ${error instanceof Error ? error.message : String(error)} Put ` +
        'the folder back as it was, or throw the run away.',
      { folder },
      { cause: error },
    );
  }
}

/** A heartbeat this old belongs to a process that is gone, even where its number lives on in another one. */
const longestSilenceMilliseconds = 60_000;

/** Whether an engine works on this run now. */
export function hasLiveEngine(status: RunStatus | null): boolean {
  if (status === null || status.state === 'done' || status.state === 'stopped' || status.state === 'failed')
    return false;
  const heardAt = Math.max(Date.parse(status.heartbeatAt), awakeSince());
  return isAlive(status.pid) && Date.now() - heardAt < longestSilenceMilliseconds;
}

/**
 * Why a run rests without being done: the `error` event that its engine wrote last, or `engine-crashed` with the end of
 * `engine.log`.
 */
export function engineFailure(folder: string): Failure {
  const log = logEnd(folder);
  return lastFailure(log) ?? engineCrashed('train', null, null, log);
}
