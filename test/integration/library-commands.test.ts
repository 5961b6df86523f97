import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backUp } from '../../main/library/back-up.ts';
import { libraryWith, newPair } from '../../main/datasets/store/library.fixture.ts';
import { openLibraryAlone } from '../../main/library/library-holder.ts';
import { safedpo, type CommandEnd } from './cli-harness.ts';
import { openPage } from './page-client.ts';
import { startServe } from './serve-harness.ts';

it('backups are listed and restored, and damage is found, by the command line', async () => {
  const { library } = libraryWith(Array.from({ length: 400 }, (_, index) => newPair(index + 1, false, true, 'a')));
  const command = (...args: readonly string[]): Promise<CommandEnd> => safedpo(library.dir, ...args, '--json');
  const code = ({ stdout }: CommandEnd): unknown => JSON.parse(stdout).error.code;
  const name = (await backUp(library))?.name ?? '';
  library.close();
  expect((await command('library', 'check')).document()).toEqual({ sound: true });
  const file = join(library.dir, 'library.sqlite');
  const bytes = readFileSync(file);
  writeFileSync(
    file,
    bytes.fill(0x55, Math.floor((bytes.length * 0.75) / 4096) * 4096, Math.floor((bytes.length * 0.9) / 4096) * 4096),
  );
  expect([await command('library', 'check'), await command('labels', 'verify')].map(code)).toEqual([
    'library-corrupt',
    'library-corrupt',
  ]);
  expect((await safedpo(library.dir, 'labels', 'verify')).stderr).toContain('safedpo library restore');
  expect((await command('library', 'backups')).document()).toMatchObject({ backups: [{ name, replaced: false }] });

  const host = openLibraryAlone(library.dir);
  expect(code(await command('library', 'restore', name))).toBe('library-in-use');
  host.close();
  expect((await command('library', 'restore', name)).document()).toMatchObject({ restored: name });
  expect((await command('labels', 'verify')).document()).toMatchObject({ intact: true });
});

it('the app opens a damaged library for reading, says so, and names what it cannot read', async () => {
  const { library, projectId } = libraryWith(
    Array.from({ length: 400 }, (_, index) => newPair(index + 1, false, true, 'a')),
  );
  library.close();
  const root = mkdtempSync(join(tmpdir(), 'safedpo-damaged-'));
  mkdirSync(join(root, 'library'));
  const bytes = readFileSync(join(library.dir, 'library.sqlite'));
  writeFileSync(
    join(root, 'library', 'library.sqlite'),
    bytes.fill(0x55, Math.floor((bytes.length * 0.75) / 4096) * 4096, Math.floor((bytes.length * 0.9) / 4096) * 4096),
  );
  const serve = await startServe([], root);
  try {
    const { client } = await openPage(serve);
    expect((await client.app.about({})).libraryReadOnly).toMatch(/is damaged/);
    await expect(client.labels.verify({ writtenDownHead: null })).rejects.toMatchObject({ code: 'library-corrupt' });
    await expect(client.projects.rename({ projectId, name: 'other' })).rejects.toMatchObject({
      code: 'library-read-only',
    });
  } finally {
    await serve.stop();
  }
});
