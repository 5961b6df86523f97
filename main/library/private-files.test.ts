import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLibrary } from './library.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safedpo-private-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const modeOf = (name: string): string => (statSync(join(dir, name)).mode & 0o777).toString(8);

it.skipIf(process.platform === 'win32')(
  'a library that others could read is closed to them when it is opened, and what lies beside it stays as it is',
  () => {
    openLibrary(dir).close();
    for (const name of ['runs', 'exports', 'uploads', 'logs', 'cache', 'sample', 'photos']) {
      mkdirSync(join(dir, name), { recursive: true });
      chmodSync(join(dir, name), 0o755);
    }
    writeFileSync(join(dir, 'library.backup-v3.sqlite'), '');
    writeFileSync(join(dir, 'notes.txt'), '');
    for (const name of ['library.sqlite', 'library.backup-v3.sqlite', 'notes.txt']) chmodSync(join(dir, name), 0o644);

    openLibrary(dir).close();
    expect(['runs', 'exports', 'uploads', 'logs', 'cache', 'sample'].map(modeOf)).toEqual(Array(6).fill('700'));
    expect(['library.sqlite', 'library.backup-v3.sqlite'].map(modeOf)).toEqual(['600', '600']);
    expect(['photos', 'notes.txt'].map(modeOf)).toEqual(['755', '644']);
  },
);
