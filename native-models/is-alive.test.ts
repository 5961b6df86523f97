import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { isAlive } from './is-alive.ts';

it('knows this process, and that there is none of a number', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(2 ** 22 - 1)).toBe(false);
});

it.runIf(process.platform === 'linux')('takes a process that ended and that nobody collected for ended', async () => {
  // The shell becomes a program that never looks after the child it had.
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  while (isAlive(pid)) await sleep(20);
  // The number is still taken.
  expect(process.kill(pid, 0)).toBe(true);
});
