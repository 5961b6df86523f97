import { closeSync, existsSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunControl, RunStatus } from '../../native-models/protocol/tasks.ts';
import { Failure, badInput } from '../../native-models/failure.ts';
import { writeFailure } from '../../native-models/formats/atomic-file.ts';
import { readPlainFileSync, statPlainFileSync } from '../../native-models/formats/plain-file.ts';
import { isAlive } from '../../native-models/is-alive.ts';
import { failureOf, parseEngineEvent, type EngineEvent } from '../engine/engine-event.ts';
import { engineCrashed } from '../engine/run-task.ts';
import { awakeSince } from './machine-sleep.ts';

const statusSchema: z.ZodType<RunStatus> = z.object({
  state: z.enum(['starting', 'reference', 'training', 'evaluating', 'paused', 'stopped', 'done', 'failed']),
  pid: z.int32().min(1),
  heartbeatAt: z.string(),
  step: z.number(),
  totalSteps: z.number(),
  epoch: z.number(),
  pairsPerSecond: z.number(),
  tokensPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
  alarm: z.object({ code: z.string(), message: z.string() }).nullable(),
  reference: z.object({ done: z.number(), total: z.number() }).nullable(),
  peakMemoryBytes: z.number(),
  error: z.object({ code: z.string(), message: z.string(), details: z.looseObject({}) }).nullable(),
});

/**
 * What `status.json` of a run folder says, or why that cannot be known; both are `null` before the engine was ever
 * started.
 */
export interface StatusReading {
  readonly status: RunStatus | null;
  /** `run-status-unreadable`: a power cut or a full disk may leave half a file. */
  readonly problem: Failure | null;
}

/** Far beyond what these files come to; a longer one is not ours. */
const mostBytes = 1024 * 1024;

/** Never throws: one run must not stop what looks at all of them. */
export function statusOf(folder: string): StatusReading {
  const file = join(folder, 'status.json');
  if (!existsSync(file)) return { status: null, problem: null };
  try {
    return {
      status: statusSchema.parse(JSON.parse(readPlainFileSync(file, mostBytes).toString('utf8'))),
      problem: null,
    };
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? `its field ${error.issues[0]?.path.join('.') ?? '?'} is not as expected`
        : error instanceof Error
          ? error.message
          : String(error);
    return {
      status: null,
      problem: badInput(
        'run-status-unreadable',
        `${file} cannot be read: ${reason}. What the engine said last is lost; Resume goes on from the last ` +
          'checkpoint and writes the file again.',
        { file, reason },
        { cause: error },
      ),
    };
  }
}

/** `status.json` of a run folder; `null` before the engine was ever started, and where it cannot be read. */
export function readStatus(folder: string): RunStatus | null {
  return statusOf(folder).status;
}

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
    statPlainFileSync(join(folder, 'run.json'));
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

/** Says that an engine was started and has not spoken yet. */
export function writeStartingStatus(folder: string, pid: number): void {
  const status: RunStatus = {
    state: 'starting',
    pid,
    heartbeatAt: new Date().toISOString(),
    step: 0,
    totalSteps: 0,
    epoch: 0,
    pairsPerSecond: 0,
    tokensPerSecond: 0,
    secondsLeft: null,
    alarm: null,
    reference: null,
    peakMemoryBytes: 0,
    error: null,
  };
  replaceFile(join(folder, 'status.json'), status);
}

/** Tells the engine of a run what to do next. */
export function writeControl(folder: string, command: RunControl['command']): void {
  replaceFile(join(folder, 'control.json'), { command } satisfies RunControl);
}

const controlFile: z.ZodType<RunControl> = z.object({ command: z.enum(['run', 'pause', 'stop']) });

/** What the engine has been told last; `run`, as an engine does, where nobody said anything that can be read. */
export function controlOf(folder: string): RunControl['command'] {
  try {
    return controlFile.parse(JSON.parse(readPlainFileSync(join(folder, 'control.json'), mostBytes).toString('utf8')))
      .command;
  } catch {
    return 'run';
  }
}

/** A heartbeat this old belongs to a process that is gone, even where its number lives on in another one. */
const longestSilenceMilliseconds = 60_000;

/** Lines of `engine.log` that a crash report quotes. */
const lastLogLines = 20;

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
  const log = endOfFile(join(folder, 'engine.log'))
    .trimEnd()
    .split('\n')
    .slice(-lastLogLines)
    .filter((line) => line !== '');
  const last = log.at(-1);
  if (last?.startsWith('{"event":"error"') !== true) return engineCrashed('train', null, null, log);
  try {
    return failureOf(parseEngineEvent(last));
  } catch {
    return engineCrashed('train', null, null, log);
  }
}

/** Of a log: more than the lines that are quoted. */
const logEndBytes = 64 * 1024;

/** The end of a text file; empty where there is none that can be read. */
function endOfFile(path: string): string {
  try {
    const { size } = statPlainFileSync(path);
    const bytes = readPiece(path, Math.max(0, size - logEndBytes), Math.min(size, logEndBytes));
    return bytes.toString('utf8');
  } catch {
    return '';
  }
}

function readPiece(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, position));
  } finally {
    closeSync(file);
  }
}

/** Some 500,000 steps. */
const mostMetricsBytes = 256 * 1024 * 1024;

/**
 * Reads what was appended to `metrics.jsonl` since the last call, whole lines only. A resumed engine replaces the file
 * by
 * one without the steps it will do again: reading then starts over, and steps that were read before are left out.
 */
export class MetricsReader {
  readonly #file: string;
  #inode: number | null = null;
  #offset = 0;
  #partial: Buffer = Buffer.alloc(0);
  #lastStep = 0;

  constructor(folder: string) {
    this.#file = join(folder, 'metrics.jsonl');
  }

  next(): EngineEvent[] {
    if (!existsSync(this.#file)) return [];
    const { size, ino } = statPlainFileSync(this.#file);
    const again = this.#inode !== null && (ino !== this.#inode || size < this.#offset);
    if (again) [this.#offset, this.#partial] = [0, Buffer.alloc(0)];
    this.#inode = ino;
    const unread = size - this.#offset;
    if (unread > mostMetricsBytes)
      throw badInput(
        'file-too-large',
        `${this.#file} has ${size} bytes; at most ${mostMetricsBytes} of a run's metrics are read. Check ` +
          'what wrote it.',
        { file: this.#file, bytes: size, expected: mostMetricsBytes },
      );
    const bytes = readPiece(this.#file, this.#offset, unread);
    this.#offset += bytes.length;
    return this.#fresh(this.#wholeLines(bytes).map(parseEngineEvent));
  }

  #wholeLines(bytes: Buffer): string[] {
    const text = Buffer.concat([this.#partial, bytes]);
    const end = text.lastIndexOf('\n') + 1;
    this.#partial = text.subarray(end);
    return text
      .toString('utf8', 0, end)
      .split('\n')
      .filter((line) => line !== '');
  }

  #fresh(events: readonly EngineEvent[]): EngineEvent[] {
    return events.filter(({ event, step }) => {
      if (event !== 'step' || typeof step !== 'number') return true;
      const fresh = step > this.#lastStep;
      this.#lastStep = Math.max(this.#lastStep, step);
      return fresh;
    });
  }
}

/** All events of a run so far. */
export function readEvents(folder: string): EngineEvent[] {
  return new MetricsReader(folder).next();
}

function replaceFile(file: string, value: object): void {
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(value)}\n`);
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw writeFailure(file, error);
  }
}
