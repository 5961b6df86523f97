import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { backUp } from '../../main/library/back-up.ts';
import { openLibraryAlone } from '../../main/library/library-holder.ts';
import { openLibrary } from '../../main/library/library.ts';
import { openPage, type PageClient } from './page-client.ts';
import { startServe, type ServeHarness } from './serve-harness.ts';

/** Going to another library while pages are open, over the real serve host. */

let serve: ServeHarness;
let page: PageClient;
beforeAll(async () => {
  serve = await startServe();
  page = await openPage(serve);
});
afterAll(() => serve.stop());

async function pick(name: string): Promise<string> {
  mkdirSync(join(serve.allowed, name), { recursive: true });
  const [root] = await page.client.files.roots({});
  const { entries } = await page.client.files.list({ folder: root?.handle ?? '' });
  return entries.find((entry) => entry.name === name)?.handle ?? '';
}
/** What a page's stream ended with. */
function ending(): { readonly code: string[]; readonly message: string[] } {
  const ended = { code: [] as string[], message: [] as string[] };
  page.client.app.changesFeed(
    {},
    {
      next: () => {},
      error: (error) => {
        ended.code.push(z.object({ code: z.string() }).parse(error).code);
        ended.message.push(error.message);
      },
    },
  );
  return ended;
}
const projectNames = async (): Promise<string[]> =>
  (await page.client.projects.list({ trashed: false })).map(({ name }) => name);

describe('one library after another', { shuffle: false }, () => {
  test('another library is opened for every page, is remembered, and the first is let go of', async () => {
    await page.client.projects.create({ name: 'in the first' });
    const { folder: first, busy } = await page.client.library.describe({});
    expect(busy).toBeNull();
    const ended = ending();
    const folder = await pick('second');
    expect(await page.client.library.target({ folder })).toEqual({
      folder: join(serve.allowed, 'second'),
      projects: null,
    });
    await page.client.library.open({ folder });
    expect(await projectNames()).toEqual([]);
    await vi.waitFor(() => expect(ended.code).toEqual(['library-changed']));
    expect(serve.remembered).toEqual([join(serve.allowed, 'second')]);
    await vi.waitFor(() => openLibraryAlone(first).close());
  });

  test('the library is copied, and what was done meanwhile is in the copy that opens', async () => {
    await page.client.projects.create({ name: 'before' });
    const { folder: original } = await page.client.library.describe({});
    mkdirSync(join(original, 'runs/kept'), { recursive: true });
    writeFileSync(join(original, 'runs/kept/notes'), Buffer.alloc(3_000_000, 3));
    const ended = ending();
    const { taskId } = await page.client.library.copy({ folder: await pick('third') });
    const states: string[] = [];
    page.client.library.copyFeed({ taskId }, { next: ({ state }) => states.push(state), error: () => {} });
    await page.client.projects.create({ name: 'meanwhile' });
    await vi.waitFor(() => expect(ended.code).toEqual(['library-changed']));
    expect((await page.client.library.describe({})).folder).toBe(join(serve.allowed, 'third'));
    expect((await projectNames()).toSorted()).toEqual(['before', 'meanwhile']);
    expect(existsSync(join(serve.allowed, 'third/runs/kept/notes'))).toBe(true);
    expect(existsSync(join(original, 'library.sqlite'))).toBe(true);
    expect(serve.bugs).toEqual([]);
  });

  test('nothing changes where the other library cannot be opened, or where the choice cannot be kept', async () => {
    const before = await page.client.library.describe({});
    const held = openLibraryAlone(join(serve.allowed, 'held'));
    await expect(page.client.library.open({ folder: await pick('held') })).rejects.toMatchObject({
      code: 'library-in-use',
    });
    held.close();
    await expect(page.client.library.copy({ folder: await pick('held') })).rejects.toMatchObject({
      code: 'library-folder-occupied',
    });
    await expect(page.client.library.open({ folder: await pick('third') })).rejects.toMatchObject({
      code: 'library-open-already',
    });
    await expect(page.client.library.showFolder({})).rejects.toMatchObject({ code: 'desktop-only' });
    expect(await page.client.library.describe({})).toMatchObject({ folder: before.folder });
  });

  test('a backup is restored while pages are open: they load again, and what was there is a backup too', async () => {
    const { folder } = await page.client.library.describe({});
    await page.client.projects.create({ name: 'before the backup' });
    await backUpOf(folder);
    const [backup] = await page.client.library.backups({});
    await page.client.projects.create({ name: 'after the backup' });
    const ended = ending();
    await page.client.library.restore({ name: backup?.name ?? '' });
    await vi.waitFor(() => expect(ended.code).toEqual(['library-changed']));
    expect(await projectNames()).toContain('before the backup');
    expect(await projectNames()).not.toContain('after the backup');
    const replaced = (await page.client.library.backups({})).find((each) => each.replaced);
    await page.client.library.restore({ name: replaced?.name ?? '' });
    expect(await projectNames()).toContain('after the backup');
    await expect(page.client.library.restore({ name: '../library.sqlite' })).rejects.toMatchObject({
      code: 'unknown-backup',
    });
    expect(await projectNames()).toContain('after the backup');
    expect(serve.bugs).toEqual([]);
  });

  test('while work goes on another library is refused, with the reason', async () => {
    const { id: projectId } = await page.client.projects.create({ name: 'busy' });
    const file = join(serve.allowed, 'many.jsonl');
    writeFileSync(
      file,
      Array.from({ length: 60_000 }, (_, row) =>
        JSON.stringify({
          prompt: `p${row}`,
          response_0: 'a',
          response_1: 'b',
          is_response_0_safe: true,
          is_response_1_safe: false,
          better_response_id: 0,
          safer_response_id: 0,
        }),
      ).join('\n'),
    );
    await page.client.datasets.import({
      projectId,
      file: await pickFile('many.jsonl'),
      format: 'pku-saferlhf',
      mapping: {},
    });
    const { busy } = await page.client.library.describe({});
    expect(busy).toMatch(/import/);
    await expect(page.client.library.open({ folder: await pick('fourth') })).rejects.toMatchObject({
      code: 'library-busy',
    });
  });

  async function pickFile(name: string): Promise<string> {
    const [root] = await page.client.files.roots({});
    return (
      (await page.client.files.list({ folder: root?.handle ?? '' })).entries.find((entry) => entry.name === name)
        ?.handle ?? ''
    );
  }

  /** A backup as the app makes one when it opens a library. */
  async function backUpOf(folder: string): Promise<void> {
    const library = openLibrary(folder);
    try {
      await backUp(library);
    } finally {
      library.close();
    }
  }
});
