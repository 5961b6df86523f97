import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Failure, badInput } from '../../failure.ts';
import { readPlainFileSync } from '../../files/plain-file.ts';
import { type Writer, mostBytes, replaceJsonSync } from './small-file.ts';

const problem = { code: z.string(), message: z.string() };

/**
 * `status.json` of a run folder, replaced as a whole every second by a thread of the engine that nothing blocks. A
 * heartbeat older than ten seconds with a state that is not an end means that the engine died.
 */
const runStatus = z.object({
  /** How far the run is. */
  state: z.enum(['starting', 'reference', 'training', 'evaluating', 'paused', 'stopped', 'done', 'failed']),
  pid: z.int32().min(1),
  heartbeatAt: z.string(),
  step: z.number(),
  totalSteps: z.number(),
  epoch: z.number(),
  pairsPerSecond: z.number(),
  tokensPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
  /** What is wrong with the card now; `null` while nothing is, and on the CPU. */
  alarm: z.object(problem).nullable(),
  /** While the start model scores the pairs that the run needs, before the first step: how far that is. */
  reference: z.object({ done: z.number(), total: z.number() }).nullable(),
  peakMemoryBytes: z.number(),
  error: z.object({ ...problem, details: z.looseObject({}) }).nullable(),
});
export type RunStatus = Readonly<z.output<typeof runStatus>>;

/** What the engine reports; its process and the time are added where it is written. */
export type StatusReport = Omit<RunStatus, 'heartbeatAt' | 'pid'>;

/** Before the engine reports anything. */
export const startingStatus: StatusReport = {
  state: 'starting',
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

function statusPath(runFolder: string): string {
  return join(runFolder, 'status.json');
}

/** What the engine, this process, says of its run. Throws `disk-full`, `folder-not-writable`. */
export function writeStatus(runFolder: string, report: StatusReport): void {
  write(runFolder, report, process.pid, 'engine');
}

/** Says that an engine was started and has not reported yet. Throws `disk-full`, `folder-not-writable`. */
export function writeStartingStatus(runFolder: string, pid: number): void {
  write(runFolder, startingStatus, pid, 'services');
}

function write(runFolder: string, report: StatusReport, pid: number, writer: Writer): void {
  const status: RunStatus = { ...report, pid, heartbeatAt: new Date().toISOString() };
  replaceJsonSync(statusPath(runFolder), status, writer);
}

/**
 * What `status.json` says, or why that cannot be known; both are `null` before the engine was ever started.
 */
export interface StatusReading {
  readonly status: RunStatus | null;
  /** `run-status-unreadable`: a power cut or a full disk may leave half a file. */
  readonly problem: Failure | null;
}

/** Never throws: one run must not stop what looks at all of them. */
export function statusOf(runFolder: string): StatusReading {
  const file = statusPath(runFolder);
  if (!existsSync(file)) return { status: null, problem: null };
  try {
    return { status: runStatus.parse(JSON.parse(readPlainFileSync(file, mostBytes).toString('utf8'))), problem: null };
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
        `${file} cannot be read: ${reason}. The last status of the engine is lost; Resume continues from the last ` +
          'checkpoint and writes the file again.',
        { file, reason },
        { cause: error },
      ),
    };
  }
}

/** The status; `null` before the engine was ever started, and where it cannot be read. */
export function readStatus(runFolder: string): RunStatus | null {
  return statusOf(runFolder).status;
}
