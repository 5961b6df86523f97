import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { statPlainFileSync } from '../../files/plain-file.ts';
import { errorEvent, failureOf, parseEventLine } from '../event-line.ts';
import type { Failure } from '../../failure.ts';
import { readPiece } from './metrics-reader.ts';

/** `engine.log` of a run folder: what its engines said on both of their outputs. */
function logPath(runFolder: string): string {
  return join(runFolder, 'engine.log');
}

/** Lets `start` start an engine whose outputs go into the log, below a line that sets it apart from earlier ones. */
export function withLog(runFolder: string, start: (log: number) => void): void {
  const log = openSync(logPath(runFolder), 'a');
  try {
    // A crash report must not quote what an earlier engine of this run said last.
    writeSync(log, `engine started at ${new Date().toISOString()}\n`);
    start(log);
  } finally {
    closeSync(log);
  }
}

/** Lines of the log that a crash report quotes, and more bytes than those have. */
const lastLines = 20;
const endBytes = 64 * 1024;

/** The last lines of the log; none where there is none that can be read. */
export function logEnd(runFolder: string): readonly string[] {
  try {
    const path = logPath(runFolder);
    const { size } = statPlainFileSync(path);
    const bytes = readPiece(path, Math.max(0, size - endBytes), Math.min(size, endBytes));
    return bytes
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .slice(-lastLines)
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** The failure that an engine reported as its last line; `null` where it is something else. */
export function lastFailure(log: readonly string[]): Failure | null {
  try {
    return failureOf(parseEventLine(errorEvent, log.at(-1) ?? ''));
  } catch {
    return null;
  }
}
