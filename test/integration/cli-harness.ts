import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { seededRandom } from '../../native-models/text/seeded-random.ts';

const entry = fileURLToPath(new URL('../../main/hosts/cli/safedpo.js', import.meta.url));
const record = z.record(z.string(), z.unknown());

/** Options of `train` for a run of a few seconds on one thread of the CPU that moves the weights visibly. */
export const smallRun: readonly string[] =
  '--max-length 32 --lora-rank 2 --batch-size 4 --threads 1 --delta 2 --learning-rate 0.01 --provider cpu'.split(' ');

/** What a command printed and how it ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its standard output as JSON lines. */
  lines(): Record<string, unknown>[];
  /** The only JSON document on standard output. */
  document(): Record<string, unknown>;
}

/** A new folder for a test file; call `remove` at its end. */
export function workFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts `safedpo` on a library of its own. */
export function start(
  library: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly ended: Promise<CommandEnd> } {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...process.env, SAFEDPO_LIBRARY: library },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const code = new Promise<number | null>((resolve, reject) => void child.once('error', reject).once('close', resolve));
  const ended = Promise.all([code, output]).then(([exit, [stdout, stderr]]): CommandEnd => {
    const lines = () =>
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => record.parse(JSON.parse(line)));
    return { code: exit, stdout, stderr, lines, document: () => record.parse(JSON.parse(stdout)) };
  });
  return { child, ended };
}

/** Runs `safedpo` to its end. */
export function safedpo(library: string, ...args: readonly string[]): Promise<CommandEnd> {
  return start(library, args).ended;
}

/** Resolves with the first line of standard output that `wanted` takes. */
export function lineOf(
  child: ChildProcess,
  wanted: (event: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    let rest = '';
    child.stdout?.on('data', (piece: Buffer) => {
      const lines = (rest + piece.toString()).split('\n');
      rest = lines.pop() ?? '';
      const found = lines.map((line) => record.parse(JSON.parse(line))).find(wanted);
      if (found !== undefined) resolve(found);
    });
    child.once('close', (code) => reject(new Error(`the command ended with ${code} before that line`)));
  });
}

/**
 * Rows in PKU's columns over the letters of the tiny model: safe over unsafe, swapped, safe over safe, dropped, and a
 * waiting one.
 */
export function writePkuRows(file: string, rows: number): void {
  const random = seededRandom(17, 0);
  const word = () => Array.from({ length: 4 + random.below(7) }, () => 'abcdefghijklmn'[random.below(14)]).join('');
  const verdicts = [
    [true, false, 0],
    [false, true, 0],
    [true, true, 1],
    [true, false, 0],
    [false, false, 1],
    [null, true, 0],
  ] as const;
  const lines = Array.from({ length: rows }, (_, row) => {
    const [first, second, better] = verdicts[row % verdicts.length] ?? verdicts[0];
    return JSON.stringify({
      prompt: word(),
      response_0: word(),
      response_1: word(),
      is_response_0_safe: first,
      is_response_1_safe: second,
      better_response_id: better,
      safer_response_id: first === true ? 0 : 1,
    });
  });
  writeFileSync(file, `${lines.join('\n')}\n`);
}
