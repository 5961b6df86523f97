import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryWith, newPair } from '../../main/datasets/store/library.fixture.ts';
import { editLabels } from '../../main/labels/edit.ts';
import { safedpo, type CommandEnd } from './cli-harness.ts';
import { startServe } from './serve-harness.ts';
import { openPage } from './page-client.ts';

const root = mkdtempSync(join(tmpdir(), 'safedpo-mounted-'));
const disk = join(root, 'disk');
mkdirSync(disk);
const mounted =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]).status === 0;
if (!mounted)
  console.warn(
    'SKIPPED: a small disk cannot be mounted here, so nobody looked whether a read-only or full library can be read.',
  );
afterAll(() => {
  if (mounted) execFileSync('umount', ['-l', disk]);
  rmSync(root, { recursive: true, force: true });
});

describe.runIf(mounted)('a library that cannot be written', () => {
  const dir = join(disk, 'library');
  beforeAll(() => mkdirSync(dir));

  async function put(): Promise<void> {
    const { library, projectId, pairIds } = libraryWith(
      Array.from({ length: 200 }, (_, index) => newPair(index + 1, false, true, 'a')),
    );
    editLabels(library, projectId, { reviewer: 'Ann', reason: '' }, [
      { pairId: pairIds[0] ?? 0, field: 'verdict', side: 'a', value: true },
    ]);
    rmSync(dir, { recursive: true, force: true });
    library.close();
    mkdirSync(dir);
    execFileSync('cp', [join(library.dir, 'library.sqlite'), dir]);
  }

  const command = (...args: readonly string[]): Promise<CommandEnd> => safedpo(dir, ...args, '--json');
  const states = [
    {
      state: 'read-only',
      make: () => execFileSync('mount', ['-o', 'remount,ro', disk]),
      end: () => execFileSync('mount', ['-o', 'remount,rw', disk]),
      said: /cannot be written/,
    },
    { state: 'full', make: () => fill(), end: () => rmSync(join(disk, 'filler')), said: /is full/ },
  ];
  function fill(): void {
    writeFileSync(join(disk, 'filler'), Buffer.alloc(statfsSync(disk).bavail * statfsSync(disk).bsize));
  }

  it.each(states)(
    'is read where the disk is $state: commands, and the app, which says so; nothing is changed',
    async ({ make, end, said }) => {
      await put();
      make();
      try {
        const saved = join(root, 'saved.jsonl');
        rmSync(saved, { force: true });
        expect(await command('labels', 'verify')).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('"intact":true'),
        });
        expect(await command('labels', 'export', saved, '--project', 'test')).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('"records":201'),
        });
        expect(await command('runs')).toMatchObject({ code: 0, stdout: '[]\n' });
        const refused = await command('labels', 'import', saved, '--project', 'test');
        expect([refused.code, JSON.parse(refused.stdout).error.code]).toEqual([2, 'library-read-only']);

        const serveRoot = mkdtempSync(join(root, 'serve-'));
        execFileSync('ln', ['-s', dir, join(serveRoot, 'library')]);
        const harness = await startServe([], serveRoot);
        try {
          const page = await openPage(harness);
          expect((await page.client.app.about({})).libraryReadOnly).toMatch(said);
          const [project] = await page.client.projects.list({ trashed: false });
          expect(project?.name).toBe('test');
          const asked = { projectId: project?.id ?? 0, asked: { query: '' }, blind: false };
          expect((await page.client.review.find(asked)).rows.length).toBeGreaterThanOrEqual(10);
          await expect(page.client.projects.create({ name: 'new' })).rejects.toMatchObject({
            code: 'library-read-only',
          });
          expect(harness.bugs).toEqual([]);
        } finally {
          await harness.stop();
        }
        // On a full disk SQLite makes its files and cannot fill them.
        expect(readdirSync(dir).filter((name) => !name.endsWith('-shm') && statSync(join(dir, name)).size > 0)).toEqual(
          ['library.sqlite'],
        );
      } finally {
        end();
      }
    },
  );
});
