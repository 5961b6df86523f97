import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { findElectron } from '../../main/shell/find-electron.ts';

/**
 * `npm run smoke:electron`: what only a running Electron can show. Needs its program and a display (Xvfb will do);
 * without them it says so and proves nothing.
 */

const electron = findElectron();
if ('missing' in electron) {
  console.warn(`SKIPPED: the desktop app was NOT started, because ${electron.missing}. Nothing below the preload bridge was tried.`);
  process.exit(0);
}

const library = mkdtempSync(join(tmpdir(), 'safedpo-smoke-'));
const app = await _electron.launch({
  executablePath: electron.program,
  args: ['.'],
  env: { ...definedEnvironment(), SAFEDPO_LIBRARY: library, SAFEDPO_ENGINE_NODE: process.execPath },
});
try {
  const page = await app.firstWindow();
  await page.waitForLoadState('domcontentloaded');
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML/.test(message.text())) violations.push(message.text());
  });
  check('the page is ours', page.url().startsWith('app://studio/'));
  check('the page has no Node', await page.evaluate("typeof require === 'undefined' && typeof process === 'undefined'"));
  check('the bridge has four functions', (await page.evaluate("Object.keys(window.safedpo).sort().join()")) === 'call,dropFile,listen,send');
  check('the host answers', JSON.stringify(await page.evaluate("window.safedpo.call('app.about', {})")).includes('"host":"electron"'));
  check('an unknown operation is refused', JSON.stringify(await page.evaluate("window.safedpo.call('app.nothing', {})")).includes('unknown-operation'));
  check('the network is closed', (await page.evaluate("fetch('https://example.org').then(() => 'open', () => 'closed')")) === 'closed');
  check('no window opens', (await page.evaluate("window.open('https://example.org') === null")) === true);
  check('the policy was not violated by our own page', violations.filter((text) => !text.includes('example.org')).length === 0);
} finally {
  await app.close();
  rmSync(library, { recursive: true, force: true });
}

function check(what: string, holds: unknown): void {
  if (holds !== true) throw new Error(`Failed: ${what}.`);
  console.log(`ok: ${what}`);
}

function definedEnvironment(): { [name: string]: string } {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
