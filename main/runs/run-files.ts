import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RunControl, RunStatus } from '../../native-models/engine/tasks.ts';
import { parseEngineEvent, type EngineEvent } from '../engine/engine-event.ts';

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
  const status: RunStatus = { state: 'starting', pid, heartbeatAt: new Date().toISOString(), step: 0, totalSteps: 0, epoch: 0, pairsPerSecond: 0, tokensPerSecond: 0, secondsLeft: null, peakMemoryBytes: 0, error: null };
  replaceFile(join(folder, 'status.json'), status);
}

/** Tells the engine of a run what to do next. */
export function writeControl(folder: string, command: RunControl['command']): void {
  replaceFile(join(folder, 'control.json'), { command } satisfies RunControl);
}

/** What the engine has been told. */
export function isAskedToStop(folder: string): boolean {
  const file = join(folder, 'control.json');
  return existsSync(file) && z.object({ command: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).command === 'stop';
}

/** A heartbeat this old belongs to a process that is gone, even where its number lives on in another one. */
const longestSilenceMilliseconds = 60_000;

/** Whether an engine works on this run now. */
export function hasLiveEngine(status: RunStatus | null): boolean {
  if (status === null || status.state === 'done' || status.state === 'stopped' || status.state === 'failed') return false;
  return isAlive(status.pid) && Date.now() - Date.parse(status.heartbeatAt) < longestSilenceMilliseconds;
}

/** The last lines of `engine.log`, for a crash report. */
export function logTail(folder: string, lines = 20): string[] {
  const file = join(folder, 'engine.log');
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines) : [];
}

/** Reads what was appended to `metrics.jsonl` since the last call, whole lines only. */
export class MetricsReader {
  readonly #file: string;
  #offset = 0;
  #partial = '';

  constructor(folder: string) {
    this.#file = join(folder, 'metrics.jsonl');
  }

  next(): EngineEvent[] {
    if (!existsSync(this.#file)) return [];
    const file = openSync(this.#file, 'r');
    try {
      const { size } = fstatSync(file);
      // A resumed engine drops the steps it will do again, which shortens the file.
      if (size < this.#offset) this.#rewind();
      const bytes = Buffer.alloc(size - this.#offset);
      this.#offset += readSync(file, bytes, 0, bytes.length, this.#offset);
      const lines = (this.#partial + bytes.toString('utf8')).split('\n');
      this.#partial = lines.pop() ?? '';
      return lines.filter((line) => line !== '').map(parseEngineEvent);
    } finally {
      closeSync(file);
    }
  }

  #rewind(): void {
    this.#offset = 0;
    this.#partial = '';
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

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
