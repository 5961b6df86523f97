import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BrowserContext } from 'playwright-core';
import { z } from 'zod';

/** `safedpo serve` in a process of its own. */
export interface ServedApp {
  readonly origin: string;
  /** Swaps the one-time token for a session that every page of the context has from its start. */
  signIn(context: BrowserContext): Promise<void>;
  close(): Promise<void>;
}

const listening = z.object({ event: z.literal('listening'), url: z.url() });

export async function serveLibrary(folder: string): Promise<ServedApp> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../main/hosts/cli/safedpo.js'), 'serve', '--library', folder, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const [line] = z.tuple([z.string()]).parse(await once(lines, 'line'));
  const { origin, hash } = new URL(listening.parse(JSON.parse(line)).url);
  return {
    origin,
    async signIn(context) {
      const answer = await context.request.post(`${origin}/session`, {
        data: { token: hash.slice('#t='.length) },
        headers: { origin },
      });
      if (!answer.ok()) throw new Error(`signing in failed: ${answer.status()} ${await answer.text()}`);
      const { value } = z.object({ value: z.string() }).parse(await answer.json());
      await context.addInitScript((secret) => localStorage.setItem('safedpo-session', secret), value);
    },
    async close() {
      child.kill('SIGINT');
      await exited;
    },
  };
}
