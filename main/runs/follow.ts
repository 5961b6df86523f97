import { setTimeout as sleep } from 'node:timers/promises';
import { badInput } from '../../native-models/failure.ts';
import { isAlive } from '../../native-models/is-alive.ts';
import type { Library } from '../library/library.ts';
import { recordEvents, recordFailure } from './record.ts';
import { keepReferences } from './reference-cache.ts';
import { engineFailure, folderProblem, hasLiveEngine } from './run-files.ts';
import { getRun, listRuns, runSettings, type RunRecord } from './runs.ts';
import { endSilentEngine, engineHolding } from './engine-holder.ts';
import { startEngine } from './start-engine.ts';
import { type RunStatus, readStatus } from '../../native-models/protocol/run-folder/status.ts';
import type { TrainEvent } from '../../native-models/protocol/run-folder/train-events.ts';
import { MetricsReader } from '../../native-models/protocol/run-folder/metrics-reader.ts';
import { readControl, writeControl } from '../../native-models/protocol/run-folder/control.ts';

/** News of a run: what it appended since the last time, and its state now. */
export interface RunNews {
  readonly events: readonly TrainEvent[];
  readonly status: RunStatus | null;
}

const pollMilliseconds = 250;
const lastWordMilliseconds = 5000;

/**
 * Follows a run until it rests, from its first event on, and keeps the library's index in step. Leaving the loop or
 * aborting `signal` leaves the run as it is. The last news has the state `done` or `stopped`.
 * @throws the failure the engine reports, or `engine-crashed` when it died without a word
 */
export async function* followRun(library: Library, runId: string, signal?: AbortSignal): AsyncGenerator<RunNews> {
  const run = getRun(library, runId);
  const reader = new MetricsReader(run.folder);
  for (;;) {
    // The status first: what it speaks of is in the metrics by then.
    const status = readStatus(run.folder);
    const live = hasLiveEngine(status);
    const events = reader.next();
    recordEvents(library, runId, events, status);
    yield { events, status };
    if (!live) return settle(library, run, readStatus(run.folder));
    if (signal?.aborted === true) return;
    await sleep(pollMilliseconds);
  }
}

async function settle(library: Library, run: RunRecord, status: RunStatus | null): Promise<void> {
  await keepReferences(library, run.folder);
  if (status?.state === 'done' || status?.state === 'stopped') return recordEvents(library, run.id, [], status);
  // The engine says why after it says that: its last line is there once it is gone.
  if (status !== null) await processEnd(status.pid);
  const failure = engineFailure(run.folder);
  recordFailure(library, run.id, failure);
  throw failure;
}

async function processEnd(pid: number): Promise<void> {
  const until = Date.now() + lastWordMilliseconds;
  while (isAlive(pid) && Date.now() < until) await sleep(pollMilliseconds);
}

/** Asks a run to wait at its next step. Throws `run-not-active`. */
export function pauseRun(library: Library, runId: string): void {
  command(library, runId, 'pause');
}

/** Asks a run to write a checkpoint and end. Throws `run-not-active`. */
export function stopRun(library: Library, runId: string): void {
  command(library, runId, 'stop');
}

/**
 * Lets a paused run go on, or starts a new engine that goes on from the last good checkpoint.
 * @throws Failure `unknown-run`, `run-is-done`, `run-is-active`, `run-folder-missing`, `run-folder-invalid`,
 * `run-row-invalid`
 */
export function resumeRun(library: Library, runId: string): RunRecord {
  const run = getRun(library, runId);
  const { provider } = runSettings(run);
  const problem = folderProblem(run.folder);
  if (problem !== null) throw problem;
  const status = readStatus(run.folder);
  if (status?.state === 'done')
    throw badInput('run-is-done', `Run ${runId} is done; there is nothing to resume. Export it, or start another.`, {
      run: runId,
    });
  if (hasLiveEngine(status)) {
    // One that was asked to pause and has not got there yet is told to go on.
    if (status?.state !== 'paused' && readControl(run.folder) !== 'pause')
      throw badInput(
        'run-is-active',
        `Run ${runId} is being worked on by process ${status?.pid ?? 'unknown'} already.`,
        { run: runId, pid: status?.pid ?? null },
      );
    writeControl(run.folder, 'run');
  } else {
    requireNoEngine(run);
    startEngine(run.folder, provider);
  }
  return run;
}

/** An engine that was not heard of for long still works on the run if it ever goes on, so it is ended first. */
function requireNoEngine({ id, folder }: RunRecord): void {
  const pid = engineHolding(folder);
  if (pid === null || endSilentEngine(pid, folder)) return;
  throw badInput(
    'run-is-active',
    `Run ${id} is held by ${pid === 0 ? 'another process' : `process ${pid}`}, which has said nothing for a ` +
      'while. End that process, then resume.',
    { run: id, pid },
  );
}

/**
 * Brings the index up to date for runs that went on or died while nobody looked. `report` hears of a run with which
 * that failed.
 */
export function refreshRuns(library: Library, report: (error: unknown) => void): void {
  if (library.readOnly !== null) return;
  for (const run of listRuns(library)) {
    if (run.state === 'done' || run.state === 'stopped' || run.state === 'failed') continue;
    try {
      refreshRun(library, run);
    } catch (error) {
      report(error);
    }
  }
}

function refreshRun(library: Library, run: RunRecord): void {
  const problem = folderProblem(run.folder);
  if (problem !== null) return recordFailure(library, run.id, problem);
  const status = readStatus(run.folder);
  recordEvents(library, run.id, [], status);
  const resting = status?.state === 'done' || status?.state === 'stopped' || status?.state === 'failed';
  if (!resting && !hasLiveEngine(status)) recordFailure(library, run.id, engineFailure(run.folder));
}

function command(library: Library, runId: string, name: 'pause' | 'stop'): void {
  const run = getRun(library, runId);
  if (!hasLiveEngine(readStatus(run.folder)))
    throw badInput(
      'run-not-active',
      `Run ${runId} is not being worked on, so it cannot be asked to ${name}. Resume it first.`,
      { run: runId },
    );
  writeControl(run.folder, name);
}
