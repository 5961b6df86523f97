import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../labels/verify.ts';
import { createProject, listProjects } from '../projects/projects.ts';
import { backUp } from './back-up.ts';
import { backupFolder, expiredBackups, listBackups } from './backup-files.ts';
import {
  importPairs,
  libraryWith,
  newPair,
  temporaryFolder,
  temporaryLibrary,
} from '../datasets/store/library.fixture.ts';
import { restoreBackup } from './restore-backup.ts';

const failure = (code: string): unknown => expect.objectContaining({ code });

it('a backup holds what was there, also what lies in the log alone, and is made once for each state', async () => {
  const { library, projectId } = libraryWith([newPair(1, false, true, 'a')]);
  createProject(library, 'in the log');
  mkdirSync(backupFolder(library.dir));
  for (const end of ['', '-journal'])
    writeFileSync(
      join(backupFolder(library.dir), `library-2026-11-25T08-00-00-000Z.sqlite.partial${end}`),
      'left by a kill',
    );
  // In the millisecond of the last write nobody can tell what a backup holds, and another one is made.
  await sleep(5);
  const made = await backUp(library);
  expect(made).toMatchObject({ replaced: false, bytes: expect.any(Number) });
  expect(readdirSync(backupFolder(library.dir))).toEqual([made?.name]);
  expect(await backUp(library)).toBeNull();
  importPairs(library, projectId, [newPair(2, false, true, 'a')]);
  expect(await backUp(library)).not.toBeNull();
  const restored = temporaryLibrary(temporaryFolder());
  restored.close();
  copyFileSync(join(backupFolder(library.dir), made?.name ?? ''), join(restored.dir, 'library.sqlite'));
  const again = temporaryLibrary(restored.dir);
  expect(listProjects(again).map(({ name }) => name)).toEqual(['in the log', 'test']);
  expect(verifyChain(again).broken).toBeNull();
});

it('keeps five, no more than two of a day, and two of what was replaced', () => {
  const at = (name: string): string => `${name}Z`;
  const times = [
    '2026-12-05T03',
    '2026-12-05T02',
    '2026-12-05T01',
    '2026-12-04T09',
    '2026-12-03T09',
    '2026-12-02T09',
    '2026-12-01T09',
  ].map(at);
  const backups = [
    ...times.map((time) => ({ name: time, at: time, bytes: 1, replaced: false })),
    ...['2026-12-04', '2026-12-03', '2026-12-02'].map((time) => ({
      name: `replaced ${time}`,
      at: time,
      bytes: 1,
      replaced: true,
    })),
  ];
  expect(expiredBackups(backups).map(({ name }) => name)).toEqual([
    at('2026-12-05T01'),
    at('2026-12-01T09'),
    'replaced 2026-12-02',
  ]);
});

describe('restoreBackup', () => {
  it('puts back what was, keeps what it replaces, and can be taken back', async () => {
    const { library } = libraryWith([newPair(1, false, true, 'a')]);
    const backup = (await backUp(library))?.name ?? '';
    createProject(library, 'made since');
    library.close();
    const replaced = restoreBackup(library.dir, backup);
    const before = temporaryLibrary(library.dir);
    expect(listProjects(before).map(({ name }) => name)).toEqual(['test']);
    before.close();
    expect(listBackups(library.dir).map(({ name }) => name)).toContain(replaced);
    restoreBackup(library.dir, replaced);
    expect(listProjects(temporaryLibrary(library.dir)).map(({ name }) => name)).toEqual(['made since', 'test']);
  });

  it('replaces a database that cannot be opened, and refuses a damaged or unknown backup', async () => {
    const { library } = libraryWith([newPair(1, false, true, 'a')]);
    const backup = (await backUp(library))?.name ?? '';
    library.close();
    const file = join(library.dir, 'library.sqlite');
    writeFileSync(file, 'no database');
    expect(() => restoreBackup(library.dir, '../library.sqlite')).toThrow(failure('unknown-backup'));
    const whole = readFileSync(join(backupFolder(library.dir), backup));
    writeFileSync(join(backupFolder(library.dir), backup), Buffer.from(whole).fill(0x55, 8192, 40_960));
    expect(() => restoreBackup(library.dir, backup)).toThrow(failure('backup-damaged'));
    expect(readFileSync(file, 'utf8')).toBe('no database');
    writeFileSync(join(backupFolder(library.dir), backup), whole);
    restoreBackup(library.dir, backup);
    expect(verifyChain(temporaryLibrary(library.dir)).broken).toBeNull();
  });
});

it('no backup is made of a damaged database, and the older ones stay', async () => {
  const { library, projectId } = libraryWith(
    Array.from({ length: 200 }, (_, index) => newPair(index + 1, false, true, 'a')),
  );
  const whole = await backUp(library);
  createProject(library, 'later');
  library.close();
  const file = join(library.dir, 'library.sqlite');
  const bytes = readFileSync(file);
  writeFileSync(
    file,
    bytes.fill(0x55, Math.floor((bytes.length * 0.75) / 4096) * 4096, Math.floor((bytes.length * 0.9) / 4096) * 4096),
  );
  utimesSync(file, new Date(), new Date(Date.now() + 1000));
  const damaged = temporaryLibrary(library.dir);
  await expect(backUp(damaged)).rejects.toThrow(failure('backup-damaged'));
  expect(projectId).toBe(1);
  expect(listBackups(library.dir).map(({ name }) => name)).toEqual([whole?.name]);
});

it('what an import stores is in library.sqlite itself when it is done', () => {
  const { library } = libraryWith([newPair(1, false, true, 'a')]);
  const dir = temporaryFolder();
  copyFileSync(join(library.dir, 'library.sqlite'), join(dir, 'library.sqlite'));
  const copy = temporaryLibrary(dir);
  expect(
    copy.db
      .prepare("SELECT count(*) FROM pairs JOIN datasets ON datasets.id = dataset_id WHERE state = 'ready'")
      .pluck()
      .get(),
  ).toBe(1);
  expect(existsSync(join(library.dir, 'library.sqlite-wal'))).toBe(true);
});
