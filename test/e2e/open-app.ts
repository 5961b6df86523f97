import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { serveApp } from '../../main/hosts/http/serve.ts';
import type { Hand } from './hands.ts';

export const appFolder = join(import.meta.dirname, '../..');
/** Models and datasets that some journeys need; not part of the project. */
export const sharedData = join(appFolder, '../shared/data');

/** The app as a person has it before them, with a library of its own and a folder for the person's files. */
export interface OpenApp {
  readonly page: Page;
  readonly libraryFolder: string;
  readonly ownFolder: string;
  /** Opens the picker by the button of that name and picks a file or folder. */
  readonly pick: (hand: Hand, opener: string, path: string) => Promise<void>;
  /** Ends the app and opens it again on the same library; gives the page, which may be another one. */
  readonly reopen: () => Promise<Page>;
  /** Ends the app and takes its folders away. */
  readonly close: () => Promise<void>;
}

export interface Folders {
  readonly libraryFolder: string;
  readonly ownFolder: string;
  readonly remove: () => Promise<void>;
}

/** New folders for one walk through the app. */
export async function makeFolders(): Promise<Folders> {
  const [libraryFolder, ownFolder] = await Promise.all([
    mkdtemp(join(tmpdir(), 'safedpo-e2e-')),
    mkdtemp(join(tmpdir(), 'safedpo-own-')),
  ]);
  return {
    libraryFolder,
    ownFolder,
    remove: async () =>
      void (await Promise.all(
        [libraryFolder, ownFolder].map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 })),
      )),
  };
}

/** The app in Chromium, over a serve host in this process. */
export async function openInChromium(browser: Browser): Promise<OpenApp> {
  const { libraryFolder, ownFolder, remove } = await makeFolders();
  const allow = existsSync(sharedData) ? [sharedData, ownFolder] : [ownFolder];
  let address = '';
  const serve = () =>
    serveApp({
      libraryFolder,
      appFolder,
      choice: { namedAtStart: true, remember: () => {} },
      rendererFolder: join(appFolder, 'out/renderer'),
      port: 0,
      allow,
      announce: (url) => {
        address = url;
      },
      report: (error, operation) => console.error(operation, error),
    });
  let host = await serve();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(address);
  return {
    page,
    libraryFolder,
    ownFolder,
    async pick(hand, opener, path) {
      const root = allow.find((folder) => path.startsWith(folder + sep));
      assert.ok(root !== undefined, `${path} is in no folder that the host was allowed to read.`);
      await hand.activate(page.getByRole('main').getByRole('button', { name: opener, exact: true }));
      const dialog = page.getByRole('dialog', { name: opener });
      for (const part of [basename(root), ...relative(root, path).split(sep)])
        await hand.activate(dialog.locator('li').getByRole('button', { name: part }).first());
      if ((await stat(path)).isDirectory())
        await hand.activate(dialog.getByRole('button', { name: 'Choose this folder' }));
    },
    async reopen() {
      await page.goto('about:blank');
      await host.close();
      host = await serve();
      await page.goto(address);
      return page;
    },
    async close() {
      await context.close();
      await host.close();
      await remove();
    },
  };
}
