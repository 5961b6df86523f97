import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, exitCodes, failed } from '../../../native-models/failure.ts';
import { hintFor } from './hints.ts';

/** Options of every command. */
export interface CommonOptions {
  readonly json?: true;
  readonly library?: string;
}

/** What a command says: results on standard output, progress on standard error. */
export interface Io {
  readonly json: boolean;
  /** Aborted by Ctrl-C or a polite kill. */
  readonly signal: AbortSignal;
  /** A result: `document` with `--json`, else `text`. */
  result(document: object, text: string): void;
  /** One line of a long command's JSON; nothing without `--json`. */
  event(event: object): void;
  /**
   * What is going on: one line that is rewritten on a terminal, else a line now and then. `always` is never left out.
   */
  progress(line: string, options?: { readonly always?: boolean }): void;
  /** What a person must not overlook: on standard error, in a line of its own, with `--json` too. */
  warn(text: string): void;
}

/** Ends the process: the reader of its results has seen enough, as `head` does, and nobody is left to tell. */
export function endWithReader(error: NodeJS.ErrnoException): void {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
}

/** Between two plain progress lines. */
const plainIntervalMilliseconds = 2000;

/** Runs a command's work; an error is said in the form asked for and becomes the exit code. */
export async function execute(options: CommonOptions, work: (io: Io) => Promise<void>): Promise<void> {
  const { signal, release } = stopSignal();
  const progress = progressWriter();
  const json = options.json === true;
  try {
    await work({
      json,
      signal,
      result: (document, text) => {
        progress.clear();
        process.stdout.write(json ? `${JSON.stringify(document)}\n` : `${text}\n`);
      },
      event: (event) => {
        if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
      },
      progress: (line, { always = false } = {}) => progress.write(line, always),
      warn: (text) => {
        progress.clear();
        process.stderr.write(`Warning: ${text}\n`);
      },
    });
    progress.clear();
  } catch (error) {
    progress.clear();
    process.exitCode = report(error, json);
  } finally {
    await release();
  }
}

/** Ctrl-C and a polite kill come twice through npm, which passes on what the terminal sent to both. */
const echoMilliseconds = 500;

/** Aborted by the first signal; a later one ends the process at once, for work that does not hear the first. */
function stopSignal(): { readonly signal: AbortSignal; readonly release: () => Promise<void> } {
  const abort = new AbortController();
  let firstAt = 0;
  const stop = (): void => {
    if (abort.signal.aborted && Date.now() - firstAt > echoMilliseconds) process.exit(130);
    firstAt ||= Date.now();
    abort.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return {
    signal: abort.signal,
    async release() {
      if (!abort.signal.aborted) process.off('SIGINT', stop).off('SIGTERM', stop);
      // A process that is all but gone no longer hears signals and would die of the echo, so the echo is waited for.
      else await sleep(Math.max(0, firstAt + echoMilliseconds - Date.now()));
    },
  };
}

function report(error: unknown, json: boolean): number {
  const failure =
    error instanceof Failure
      ? error
      : failed(
          'unexpected-error',
          `Unexpected error: ${error instanceof Error ? error.message : String(error)}. Please report it.`,
          {},
          { cause: error },
        );
  if (json) process.stdout.write(`${JSON.stringify({ error: failure.toJSON() })}\n`);
  else process.stderr.write(`${failure.message}\n${hintLine(failure)}(${failure.code})\n`);
  if (failure.code === 'unexpected-error' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return exitCodes[failure.kind];
}

function hintLine({ code, details }: Failure): string {
  const hint = hintFor(code, details);
  return hint === null ? '' : `  ${hint}\n`;
}

interface ProgressWriter {
  write(line: string, always: boolean): void;
  clear(): void;
}

function progressWriter(): ProgressWriter {
  return process.stderr.isTTY ? terminalProgress() : plainProgress();
}

function terminalProgress(): ProgressWriter {
  let shown = false;
  return {
    write(line) {
      process.stderr.write(`\r\u001B[2K${line.slice(0, Math.max(20, process.stderr.columns - 1))}`);
      shown = true;
    },
    clear() {
      if (shown) process.stderr.write('\r\u001B[2K');
      shown = false;
    },
  };
}

function plainProgress(): ProgressWriter {
  let last = 0;
  return {
    write(line, always) {
      const now = Date.now();
      if (!always && now - last < plainIntervalMilliseconds) return;
      last = now;
      process.stderr.write(`${line}\n`);
    },
    clear: () => undefined,
  };
}
