import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveApp } from '../../main/hosts/http/serve.ts';
import { checkOtherPorts } from './other-ports.ts';
import { launchBrowser } from './browser.ts';

/**
 * What a browser shows with a good, used, old or no address, and when its host ends or is started anew; and that
 * another server on this machine gets nothing it can use: `npm run build && npm run e2e:sign-in`.
 */

const appFolder = join(import.meta.dirname, '../..');
const root = await mkdtemp(join(tmpdir(), 'safedpo-sign-in-'));
let address = '';
const serve = (port: number) =>
  serveApp({
    libraryFolder: root,
    choice: { namedAtStart: true, remember: () => {} },
    rendererFolder: join(appFolder, 'out/renderer'),
    appFolder,
    port,
    allow: [root],
    announce: (url) => {
      address = url;
    },
    report: (error, operation) => console.error(operation, error),
  });
let host = await serve(0);
const { port } = host;
const browser = await launchBrowser();
const page = await browser.newPage();
page.setDefaultTimeout(20_000);

async function shows(url: string, text: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(url);
  await page.getByText(text).first().waitFor();
  assert.ok(!page.url().includes('#t='), 'the token does not stay in the address');
  console.log(`passed: ${text}`);
}
const said = (text: string): Promise<void> => page.locator('footer [role=status]', { hasText: text }).waitFor();

try {
  const first = address;
  await shows(new URL(address).origin, 'This browser is not signed in.');
  await shows(first, 'Open the sample project');
  // Used, but by this browser: its session still counts.
  await shows(first, 'Open the sample project');
  await checkOtherPorts(page, new URL(first).origin);
  await shows(new URL(first).origin, 'Open the sample project');
  await host.close();
  await said('Connection to the app lost.');
  host = await serve(port);
  await said('This tab is signed out');
  await shows(first, 'This address has been used or is not the one printed last.');
  await shows(address, 'Open the sample project');
  await host.close();
  host = await serve(port);
  await said('This tab is signed out');
  // Pasted over the address of the tab, which only differs in what follows the #.
  await page.goto(address);
  await page.getByText('Open the sample project').first().waitFor();
  assert.ok(!page.url().includes('#t='));
  await page.locator('footer [role=status]', { hasText: 'This tab is signed out' }).waitFor({ state: 'detached' });
  console.log('passed: a new address pasted into a tab that was signed out');
} finally {
  await browser.close();
  await host.close();
  await rm(root, { recursive: true, force: true });
}
