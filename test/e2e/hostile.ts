import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { serveApp } from '../../main/hosts/http/serve.ts';
import { writeRandomModel } from '../integration/engine-run.ts';
import { openPage } from '../integration/page-client.ts';
import { serveAt } from '../integration/serve-harness.ts';
import { launchBrowser } from './browser.ts';
import { type Payload, payloads, standIns } from './payloads.ts';
import { fillLibrary, hostileFileName, marker } from './hostile-library.ts';
import { settle } from './screens.ts';

/**
 * HTML and script in every piece of data that is shown, over the real host in a real Chromium: `npm run build && npm
 * run e2e:hostile`.
 */

const appFolder = join(import.meta.dirname, '../..');
const root = await mkdtemp(join(tmpdir(), 'safedpo-hostile-'));
const allowed = join(root, 'allowed');
await mkdir(allowed);
await writeRandomModel(join(allowed, hostileFileName));
await writeFile(join(allowed, `${hostileFileName}.jsonl`), 'not json <img src=x onerror=attack()>\n');
await writeFile(join(allowed, `${hostileFileName}.csv`), `"${marker}",question,"${marker} 2"\n"${marker}",one,two\n`);

let address = '';
const host = await serveApp({
  libraryFolder: join(root, 'library'),
  choice: { namedAtStart: true, remember: () => {} },
  appFolder,
  rendererFolder: join(appFolder, 'out/renderer'),
  port: 0,
  allow: [allowed],
  announce: (url) => {
    address = url;
  },
  report: (error, operation) => console.error(operation, error),
});
const services = await openPage(serveAt(address));
const { projectId, runId, secondRunId } = await fillLibrary(services, serveAt(address));

const browser = await launchBrowser();
const page = await browser.newPage();
/** A script of the data that ran would call `attack`, which nobody defines: a script error. */
const attacks: string[] = [];
page.on('dialog', (dialog) => {
  attacks.push(`dialog: ${dialog.message()}`);
  void dialog.dismiss();
});
page.on('pageerror', (error) => attacks.push(`script error: ${error.message}`));
page.on('console', (message) => {
  if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text()))
    attacks.push(`${message.text()} ${JSON.stringify(message.location())} ${page.url()}`);
});

const click =
  (name: string | RegExp) =>
  async (shown: Page): Promise<void> =>
    shown.getByRole('main').getByRole('button', { name }).first().click();
const press =
  (keys: string) =>
  (shown: Page): Promise<void> =>
    shown.keyboard.press(keys);
const tab =
  (name: string) =>
  (shown: Page): Promise<void> =>
    shown.getByRole('tab', { name }).click();
const pick =
  (file: string) =>
  async (shown: Page): Promise<void> => {
    await click('Add a file')(shown);
    const dialog = shown.getByRole('dialog');
    await dialog.locator('li').getByRole('button').first().click();
    await dialog.locator('li').getByRole('button', { name: file }).click();
  };
/** Elements that only the data could have brought. */
const foreign =
  'img[src="x"], main script, main style, main iframe, main object, main embed, main base, main meta, main ' +
  'math, svg[onload], a[href*="script:"], [onerror], [ontoggle], [onfocus], form[action*="evil"]';
/** Where data is shown, with what opens it, and whether the hostile text must stand there in full. */
const places: readonly {
  readonly hash: string;
  readonly prepare?: (page: Page) => Promise<void>;
  readonly shows: boolean;
}[] = [
  { hash: '#/', shows: true },
  { hash: `#/project/${projectId}/model`, shows: true },
  { hash: `#/project/${projectId}/data`, prepare: click(/rows left out/), shows: true },
  { hash: `#/project/${projectId}/data`, prepare: pick(`${hostileFileName}.csv`), shows: true },
  { hash: `#/project/${projectId}/data`, prepare: pick(`${hostileFileName}.jsonl`), shows: true },
  { hash: `#/project/${projectId}/review`, shows: true },
  ...['Label lint', 'Conflicts', 'Agreement', 'Suggestions', 'Categories', 'History', 'Import and export'].map(
    (name) => ({ hash: `#/project/${projectId}/review`, prepare: tab(name), shows: true }),
  ),
  { hash: `#/project/${projectId}/pairs/all`, prepare: click('Compare words'), shows: true },
  { hash: `#/project/${projectId}/hyperparameters`, shows: true },
  { hash: `#/project/${projectId}/train/${runId}`, shows: true },
  { hash: `#/project/${projectId}/evaluate/${runId}`, shows: true },
  { hash: `#/project/${projectId}/export/${runId}`, shows: true },
  { hash: '#/runs', shows: true },
  { hash: `#/project/${projectId}/pairs/all`, prepare: press('c'), shows: true },
  { hash: `#/project/${projectId}/pairs/all`, prepare: press('h'), shows: true },
  { hash: `#/project/${projectId}/pairs/all`, prepare: press('e'), shows: true },
  { hash: `#/project/${projectId}/pairs/${encodeURIComponent(`"${marker}"`)}`, shows: true },
  { hash: `#/project/${projectId}/pairs/${encodeURIComponent(`${marker}:`)}`, shows: true },
  { hash: `#/runs/compare/${runId},${secondRunId}`, shows: true },
  { hash: '#/trash', shows: true },
  { hash: '#/', prepare: press('Control+k'), shows: false },
  { hash: '#/doctor', shows: false },
  { hash: '#/help', shows: false },
  { hash: '#/preferences', shows: false },
  { hash: `#/errors/${encodeURIComponent(marker)}`, shows: false },
  { hash: `#/project/${projectId}/train/${encodeURIComponent(marker)}`, shows: true },
];

/**
 * The pair with a payload in prompt and answers: all of it stands there as text, nothing of it became a part of the
 * page, and the page keeps its shape.
 */
async function showsPayload({ name, text }: Payload): Promise<void> {
  const article = page.getByRole('article', {
    name: `Pair ${payloads.findIndex((each) => each.name === name) + 1}`,
    exact: true,
  });
  const shown = await article.getByRole('group', { name: 'Text of response B' }).innerText();
  const parts = standIns[name] ?? [text];
  for (const part of parts) assert.ok(shown.includes(part), `${name}: ${part} is shown`);
  assert.equal(await page.locator(foreign).count(), 0, `${name}: no element comes from the data`);
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(width, 0, `${name}: the page is not pushed apart`);
  assert.ok(await page.locator('footer').first().isVisible(), `${name}: the page is whole`);
  assert.deepEqual(attacks, [], name);
  await page.keyboard.press('j');
}

try {
  await page.goto(address);
  for (const { hash, prepare, shows } of places) {
    // The same address with another preparation is no navigation of its own.
    await page.goto('about:blank');
    await page.goto(new URL(hash, address).href);
    await settle(page);
    await prepare?.(page);
    await settle(page);
    const text = await page.locator('body').innerText();
    if (shows) assert.ok(text.includes('<img src=x'), `${hash}: the data is shown as text`);
    assert.equal(await page.locator(foreign).count(), 0, `${hash}: no element comes from the data`);
    assert.deepEqual(attacks, [], hash);
    console.log(`passed ${decodeURIComponent(hash)}`);
  }
  await page.goto(new URL(`#/project/${projectId}/pairs/all`, address).href);
  await settle(page);
  for (const payload of payloads) await showsPayload(payload);
  console.log(`passed ${payloads.length} payloads on the review page`);
} finally {
  await browser.close();
  services.hangUp();
  await host.close();
  await rm(root, { recursive: true, force: true });
}
