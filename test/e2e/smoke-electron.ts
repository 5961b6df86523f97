import assert from 'node:assert/strict';
import { findElectron } from '../../main/hosts/find-electron.ts';
import { openInElectron } from './electron-app.ts';
import { walkJourneys } from './walk.ts';

/**
 * `npm run smoke:electron [-- NAME...]`: what only a running Electron can show, then the journeys that Chromium walks,
 * in the desktop window. Needs Electron's program and a display (Xvfb will do); without them it says so and proves
 * nothing.
 */

async function checkBridge(program: string): Promise<void> {
  const app = await openInElectron(program);
  try {
    const { page } = app;
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML/.test(message.text())) violations.push(message.text());
    });
    const check = (what: string, holds: unknown): void => {
      assert.equal(holds, true, what);
      console.log(`ok: ${what}`);
    };
    check('the page is ours', page.url().startsWith('app://studio/'));
    check(
      'the page has no Node',
      await page.evaluate("typeof require === 'undefined' && typeof process === 'undefined'"),
    );
    check(
      'the bridge has four functions',
      (await page.evaluate('Object.keys(window.safedpo).sort().join()')) === 'call,dropFile,listen,send',
    );
    check(
      'the host answers',
      JSON.stringify(await page.evaluate("window.safedpo.call('app.about', {})")).includes('"host":"electron"'),
    );
    check(
      'an unknown operation is refused',
      JSON.stringify(await page.evaluate("window.safedpo.call('app.nothing', {})")).includes('unknown-operation'),
    );
    check(
      'the network is closed',
      (await page.evaluate("fetch('https://example.org').then(() => 'open', () => 'closed')")) === 'closed',
    );
    check('no window opens', (await page.evaluate("window.open('https://example.org') === null")) === true);
    check(
      'the policy was not violated by our own page',
      violations.filter((text) => !text.includes('example.org')).length === 0,
    );
  } finally {
    await app.close();
  }
}

const electron = findElectron();
if ('missing' in electron) {
  console.warn(
    `SKIPPED: the desktop app was NOT started, because ${electron.missing}. Neither the bridge nor one ` +
      'journey was tried in Electron.',
  );
} else {
  await checkBridge(electron.program);
  await walkJourneys(process.argv.slice(2), () => openInElectron(electron.program));
}
