import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createErrorLog } from './error-log.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'safedpo-log-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it.each<[string, (logs: string) => void]>([
  ['the folder cannot be made', (logs) => writeFileSync(logs, '')],
  ['the log is a folder', (logs) => mkdirSync(join(logs, 'app.log'), { recursive: true })],
])('an error is kept in memory where %s', (_, prevent) => {
  const logs = join(folder(), 'logs');
  prevent(logs);
  const log = createErrorLog(logs);
  log.write(new Error('first'), 'here');
  log.write('second', 'there');
  expect(log.tail().join('\n')).toMatch(/here\n[^]*first[^]*there\nsecond/);
});

it('what was kept in memory is written once there is room', () => {
  const logs = join(folder(), 'logs');
  writeFileSync(logs, '');
  const log = createErrorLog(logs);
  log.write('first', 'here');
  rmSync(logs);
  log.write('second', 'there');
  expect(createErrorLog(logs).tail().join('\n')).toMatch(/first[^]*second/);
});
