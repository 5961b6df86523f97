import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Acknowledged } from './check-library.ts';

const work = fileURLToPath(new URL('library-work.ts', import.meta.url));

export interface KilledWork {
  readonly acknowledged: readonly Acknowledged[];
  /** Whether the process died of SIGKILL, not by itself. */
  readonly killed: boolean;
}

/**
 * Lets `library-work.ts` work on a library and kills it `delayMilliseconds` after it began. @throws when it failed by
 * itself
 */
export async function killWork(
  name: string,
  library: string,
  outside: string,
  seed: number,
  delayMilliseconds: number,
): Promise<KilledWork> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', work, name, library, outside, String(seed)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const acknowledged: Acknowledged[] = [];
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => acknowledged.push(JSON.parse(line)));
  const closed = once(child, 'close');
  await Promise.race([once(lines, 'line'), closed]);
  await sleep(delayMilliseconds);
  child.kill('SIGKILL');
  const [code, signal] = await closed;
  if (signal !== 'SIGKILL') throw new Error(`${name} ended by itself (exit ${code}): ${stderr}`);
  return { acknowledged, killed: true };
}

/**
 * Runs a command of the command line and kills it, with all that it started, after a delay. @returns whether it died of
 * the kill
 */
export async function killCommand(args: readonly string[], delayMilliseconds: number): Promise<boolean> {
  const cli = fileURLToPath(new URL('../../main/hosts/cli/safedpo.js', import.meta.url));
  const child = spawn(process.execPath, [cli, ...args], { stdio: 'ignore', detached: true });
  const closed = once(child, 'close');
  await Promise.race([sleep(delayMilliseconds), closed]);
  // The whole group, as closing a terminal or the power does.
  if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  const [, signal] = await closed;
  return signal === 'SIGKILL';
}
