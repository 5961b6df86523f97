import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const entry = join(import.meta.dirname, '../../main/hosts/cli/safedpo.js');
const jsonLine = z.looseObject({});

/** One line that a command printed, and when, in seconds since it started. */
export interface TimedLine {
  readonly seconds: number;
  /** A line of standard output as JSON; `null` for a line of standard error. */
  readonly event: { readonly [field: string]: unknown } | null;
  readonly text: string;
}

export interface TimedCommand {
  readonly seconds: number;
  readonly lines: readonly TimedLine[];
  /** The last JSON line. */
  readonly result: { readonly [field: string]: unknown };
}

/**
 * Runs `safedpo` with `--json` on a library, echoing its progress. Throws, with what it said, where it does not exit
 * with 0.
 */
export async function timedCommand(libraryFolder: string, args: readonly string[]): Promise<TimedCommand> {
  const started = performance.now();
  const since = (): number => (performance.now() - started) / 1000;
  const child = spawn(process.execPath, [entry, ...args, '--json', '--library', libraryFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: TimedLine[] = [];
  createInterface(child.stdout).on('line', (text) =>
    lines.push({ seconds: since(), event: jsonLine.parse(JSON.parse(text)), text }),
  );
  createInterface(child.stderr).on('line', (text) => {
    lines.push({ seconds: since(), event: null, text });
    process.stderr.write(`  ${text}\n`);
  });
  const code = await new Promise<number | null>(
    (resolve, reject) => void child.once('error', reject).once('close', resolve),
  );
  const result = lines.findLast(({ event }) => event !== null)?.event ?? {};
  if (code !== 0) throw new Error(`safedpo ${args.join(' ')} ended with ${code}: ${JSON.stringify(result)}`);
  return { seconds: since(), lines, result };
}
