import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { findBrowser, launchBrowser } from './browser.ts';
import { appFolder, makeFolders, type OpenApp } from './open-app.ts';
import { walkJourneys } from './walk.ts';

/**
 * The newcomer's way: `npm start` as in a fresh clone, without a display, then the sample project to an exported model,
 * by mouse and by keyboard, in a real Chromium at the address that it prints: `npm run e2e:start`.
 */

async function openByNpmStart(browser: Browser): Promise<OpenApp> {
  const { libraryFolder, ownFolder, remove } = await makeFolders();
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...environment } = process.env;
  const started = performance.now();
  // A group of its own: npm, its shell and the app end together.
  const command = spawn('npm', ['start'], {
    cwd: appFolder,
    env: { ...environment, SAFEDPO_LIBRARY: libraryFolder },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const end = async (): Promise<void> => {
    if (command.exitCode === null && command.pid !== undefined) {
      process.kill(-command.pid, 'SIGTERM');
      await once(command, 'exit');
    }
    await remove();
  };
  let address: string | undefined;
  for await (const line of createInterface({ input: command.stdout })) {
    if (/cannot be opened/.test(line)) console.log(`npm start says: ${line}`);
    address = /http:\/\/127\.0\.0\.1:\d+\/\S*#t=\S+/.exec(line)?.[0];
    if (address !== undefined) break;
  }
  if (address === undefined) {
    await end();
    assert.fail('npm start ended without printing an address.');
  }
  const addressSeconds = (performance.now() - started) / 1000;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole('button', { name: 'Open the sample project' }).first().waitFor();
  console.log(
    `npm start: an address after ${addressSeconds.toFixed(1)} s, the first screen after ` +
      `${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  const unavailable = (what: string) => async (): Promise<never> => assert.fail(`${what} is no part of this walk.`);
  return {
    page,
    libraryFolder,
    ownFolder,
    pick: unavailable('picking a file'),
    reopen: unavailable('reopening'),
    async close() {
      await context.close();
      await end();
    },
  };
}

if (findBrowser() === undefined)
  console.log('SKIPPED npm start in a browser: no Chromium was found. Install it, or name one in SAFEDPO_CHROMIUM.');
else {
  const browser = await launchBrowser();
  try {
    await walkJourneys(['sample-by-mouse', 'sample-by-keyboard'], () => openByNpmStart(browser));
  } finally {
    await browser.close();
  }
}
