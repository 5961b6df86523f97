import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunControl, RunStatus } from '../../native-models/engine/tasks.ts';
import type { Failure } from '../../native-models/failure.ts';
import { isAlive } from '../../native-models/is-alive.ts';
import { failureOf, parseEngineEvent, type EngineEvent } from '../engine/engine-event.ts';
import { engineCrashed } from '../engine/run-task.ts';
import { awakeSince } from './machine-sleep.ts';

const statusSchema: z.ZodType<RunStatus> = z.object({
  state: z.enum(['starting', 'reference', 'training', 'evaluating', 'paused', 'stopped', 'done', 'failed']),
  pid: z.int(),
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

/** `status.json` of a run folder; `null` before the engine was ever started. */
export function readStatus(folder: string): RunStatus | null {
  const file = join(folder, 'status.json');
  return existsSync(file) ? statusSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

/** Says that an engine was started and has not spoken yet. */
export function writeStartingStatus(folder: string, pid: number): void {
  const status: RunStatus = { state: 'starting', pid, heartbeatAt: new Date().toISOString(), step: 0, totalSteps: 0, epoch: 0, pairsPerSecond: 0, tokensPerSecond: 0, secondsLeft: null, alarm: null, reference: null, peakMemoryBytes: 0, error: null };
  replaceFile(join(folder, 'status.json'), status);
}

/** Tells the engine of a run what to do next. */
export function writeControl(folder: string, command: RunControl['command']): void {
  replaceFile(join(folder, 'control.json'), { command } satisfies RunControl);
}

const controlFile: z.ZodType<RunControl> = z.object({ command: z.enum(['run', 'pause', 'stop']) });

/** What the engine has been told last. */
export function controlOf(folder: string): RunControl['command'] {
  const file = join(folder, 'control.json');
  return existsSync(file) ? controlFile.parse(JSON.parse(readFileSync(file, 'utf8'))).command : 'run';
}

/** A heartbeat this old belongs to a process that is gone, even where its number lives on in another one. */
const longestSilenceMilliseconds = 60_000;

/** Lines of `engine.log` that a crash report quotes. */
const lastLogLines = 20;

/** Whether an engine works on this run now. */
export function hasLiveEngine(status: RunStatus | null): boolean {
  if (status === null || status.state === 'done' || status.state === 'stopped' || status.state === 'failed') return false;
  const heardAt = Math.max(Date.parse(status.heartbeatAt), awakeSince());
  return isAlive(status.pid) && Date.now() - heardAt < longestSilenceMilliseconds;
}

/** Why a run rests without being done: the `error` event that its engine wrote last, or `engine-crashed` with the end of `engine.log`. */
export function engineFailure(folder: string): Failure {
  const file = join(folder, 'engine.log');
  const log = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lastLogLines) : [];
  const last = log.at(-1);
  return last?.startsWith('{"event":"error"') === true ? failureOf(parseEngineEvent(last)) : engineCrashed('train', null, null, log);
}

/**
 * Reads what was appended to `metrics.jsonl` since the last call, whole lines only. A resumed engine replaces the file by
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
    const file = openSync(this.#file, 'r');
    try {
      const { size, ino } = fstatSync(file);
      const again = this.#inode !== null && (ino !== this.#inode || size < this.#offset);
      if (again) [this.#offset, this.#partial] = [0, Buffer.alloc(0)];
      this.#inode = ino;
      const bytes = Buffer.alloc(size - this.#offset);
      const read = readSync(file, bytes, 0, bytes.length, this.#offset);
      this.#offset += read;
      return this.#fresh(this.#wholeLines(bytes.subarray(0, read)).map(parseEngineEvent));
    } finally {
      closeSync(file);
    }
  }

  #wholeLines(bytes: Buffer): string[] {
    const text = Buffer.concat([this.#partial, bytes]);
    const end = text.lastIndexOf('\n') + 1;
    this.#partial = text.subarray(end);
    return text.toString('utf8', 0, end).split('\n').filter((line) => line !== '');
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
  writeFileSync(`${file}.new`, `${JSON.stringify(value)}\n`);
  renameSync(`${file}.new`, file);
}
