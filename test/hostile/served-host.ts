import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openPage, type PageClient } from '../integration/page-client.ts';
import { serveAt } from '../integration/serve-harness.ts';

const program = join(import.meta.dirname, '../../main/hosts/cli/safedpo.js');

/** A serve host in a process of its own, and what it takes. */
export interface ServedHost {
  readonly process: ChildProcess;
  readonly page: PageClient;
}

/** Starts `safedpo serve` over a library and signs in. */
export async function startHost(library: string, allowed: string): Promise<ServedHost> {
  const child = spawn(process.execPath, [program, 'serve', '--json', '--library', library, '--allow', allowed], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`serve ended with ${String(code)}`))),
  ]);
  const { url }: { url: string } = JSON.parse(String(line));
  return { process: child, page: await openPage(serveAt(url)) };
}

/** Milliseconds from SIGINT to the end. */
export async function interrupt({ process: child }: ServedHost): Promise<number> {
  const began = performance.now();
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
  return performance.now() - began;
}

/** Asks the host something small again and again, and watches its memory, until `stop`. */
export function watchHost({ process: child, page }: ServedHost): {
  readonly stop: () => Promise<{
    readonly slowestMilliseconds: number;
    readonly peakBytes: number;
    readonly answers: number;
  }>;
} {
  const end = new AbortController();
  let [slowest, peak, answers] = [0, 0, 0];
  const ask = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const began = performance.now();
      await page.client.projects.list({ trashed: false });
      slowest = Math.max(slowest, performance.now() - began);
      answers += 1;
      await pause(100);
    }
  };
  const look = async (): Promise<void> => {
    while (!end.signal.aborted) {
      peak = Math.max(peak, memoryOf(child.pid ?? 0));
      await pause(25);
    }
  };
  const watching = Promise.all([ask(), look()]);
  return {
    async stop() {
      end.abort();
      await watching;
      return { slowestMilliseconds: slowest, peakBytes: peak, answers };
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Resident bytes of a process and of all below it. Linux. */
function memoryOf(root: number): number {
  const parents = new Map<number, { readonly parent: number; readonly bytes: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      parents.set(Number(name), { parent: Number(fields[1]), bytes: Number(fields[21]) * 4096 });
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid)?.parent ?? 0));
  return [...parents].reduce((sum, [pid, { bytes }]) => sum + (isBelow(pid) ? bytes : 0), 0);
}
