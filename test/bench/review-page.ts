/**
 * The review page over 300,000 pairs in a real Chromium, the app in a process of its own: time until the page is
 * usable, answers to queries, frames while scrolling from end to end, a key press until the next pair is painted,
 * memory of the page. `npm run bench:review-page` prints one table with the aims; `npm run build:renderer && node
 * test/bench/review-page.ts FOLDER [PAIRS]` keeps the library in FOLDER for the next time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { launchBrowser } from '../e2e/browser.ts';
import { hasData } from '../integration/real-data.ts';
import { type Figure, machineLoad, printFigures, type Time } from './figures.ts';
import { reviewLibrary } from './review-library.ts';
import { type ServedApp, serveLibrary } from './served-app.ts';

const opens = 5;
const scrollSeconds = 10;
const scrollRounds = 4;
const keyPresses = 100;
const queries = [
  'class:swapped',
  '-flagged:yes category:Violence',
  'severity:2,3 sort:length-',
  'money',
  '"how can I"',
  'explos*',
  'sort:changed-',
  'length:500..2000',
  'the',
  'class:waiting "personal information"',
  '',
];
const aims = { usable: 1000, query: 100, frame: 20, nextPair: 50 };

/** Milliseconds from going to the page of a set of pairs until its first pair is shown. */
async function open(page: Page, app: ServedApp, projectId: number, set: string): Promise<Time> {
  await page.goto('about:blank');
  const started = performance.now();
  await page.goto(`${app.origin}/#/project/${projectId}/pairs/${encodeURIComponent(set)}`);
  await page.getByRole('article').waitFor();
  return { milliseconds: performance.now() - started };
}

/** The first page of a process that has just been started: from the address, and from the start of the process. */
async function firstOpen(folder: string, projectId: number): Promise<{ readonly page: Time; readonly process: Time }> {
  const browser = await launchBrowser();
  const started = performance.now();
  const app = await serveLibrary(folder);
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await app.signIn(context);
    const page = await open(await context.newPage(), app, projectId, 'all');
    return { page, process: { milliseconds: performance.now() - started } };
  } finally {
    await browser.close();
    await app.close();
  }
}

/** From Enter in the query field until the list of the new pairs has been painted. */
async function queryAnswered(page: Page, query: string): Promise<Time> {
  await page.getByLabel('Query', { exact: true }).fill(query);
  return inPage(
    page,
    `
    const list = document.querySelector('[aria-busy]');
    const start = performance.now();
    const settled = () => list.getAttribute('aria-busy') === 'false'
        ? requestAnimationFrame(() => resolve([performance.now() - start]))
        : requestAnimationFrame(settled);
      const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true });
      document.querySelector('input[type=search]').dispatchEvent(enter);
    requestAnimationFrame(settled);`,
  ).then(([milliseconds]) => ({ milliseconds: milliseconds ?? Number.NaN }));
}

/** Milliseconds between frames while the list scrolls from its first to its last pair. */
function scrollFrames(page: Page): Promise<number[]> {
  return inPage(
    page,
    `
    const list = document.querySelector('[role=listbox]');
    const times = [];
    const start = performance.now();
    let last = start;
    const frame = (now) => {
      times.push(now - last);
      last = now;
      const share = Math.min(1, (now - start) / ${scrollSeconds * 1000});
      list.scrollTop = share * (list.scrollHeight - list.clientHeight);
      if (share < 1) requestAnimationFrame(frame); else resolve(times.slice(1));
    };
    requestAnimationFrame(frame);`,
  );
}

/**
 * From the press of the key that completes a pair until another pair has been painted; the press before it judges the
 * left response.
 */
async function nextPair(page: Page): Promise<Time> {
  await page.keyboard.press('1');
  await page.locator('section[aria-label="Response A"] button[aria-pressed=true]', { hasText: 'Safe' }).waitFor();
  const [milliseconds = Number.NaN] = await inPage(
    page,
    `
    const shown = () => document.querySelector('article')?.getAttribute('aria-label');
    const before = shown();
    const start = performance.now();
    const look = () => shown() === before
        ? requestAnimationFrame(look)
        : requestAnimationFrame(() => resolve([performance.now() - start]));
    dispatchEvent(new KeyboardEvent('keydown', { key: '3', code: 'Digit3' }));
    look();`,
  );
  return { milliseconds };
}

async function inPage(page: Page, body: string): Promise<number[]> {
  return z.array(z.number()).parse(await page.evaluate(`new Promise((resolve) => {${body}})`));
}

/** What the page's JavaScript holds once it has come to rest. */
async function heapMegabytes(devtools: CDPSession): Promise<string> {
  await wait(1000);
  for (let pass = 0; pass < 3; pass += 1) await devtools.send('HeapProfiler.collectGarbage');
  return ((await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6).toFixed(1);
}

async function times(count: number, measure: (turn: number) => Promise<Time>): Promise<Time[]> {
  const measured: Time[] = [];
  for (let turn = 0; turn < count; turn += 1) measured.push(await measure(turn));
  return measured;
}

const [given, pairs = '300000'] = process.argv.slice(2);
if (!hasData) process.exit(0);
const folder = given ?? mkdtempSync(join(tmpdir(), 'safedpo-review-page-'));
const { library, projectId } = reviewLibrary(folder, Number(pairs));
library.close();
console.log(`${pairs} pairs, milliseconds, ${machineLoad()}`);
const first: { readonly page: Time; readonly process: Time }[] = [];
for (let turn = 0; turn < opens; turn += 1) first.push(await firstOpen(folder, projectId));
const app = await serveLibrary(folder);
const browser = await launchBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await app.signIn(context);
  const page = await context.newPage();
  await open(page, app, projectId, 'all');
  const again = await times(opens, () => open(page, app, projectId, 'all'));
  const devtools = await page.context().newCDPSession(page);
  const frames: number[] = [];
  const heap = [await heapMegabytes(devtools)];
  for (let round = 0; round < scrollRounds; round += 1) {
    for (const frame of await scrollFrames(page)) frames.push(frame);
    heap.push(await heapMegabytes(devtools));
  }
  const answers = await times(2 * queries.length, (turn) => queryAnswered(page, queries[turn % queries.length] ?? ''));
  await open(page, app, projectId, 'class:waiting sort:length');
  const presses = await times(keyPresses, () => nextPair(page));
  heap.push(await heapMegabytes(devtools));
  const figures: Figure[] = [
    { name: 'first page of a new process usable', times: first.map((open) => open.page), aim: aims.usable },
    { name: 'the same from the start of the process', times: first.map((open) => open.process) },
    { name: 'page usable', times: again, aim: aims.usable },
    { name: 'query typed to list painted', times: answers, aim: aims.query },
    { name: 'frame, scrolling end to end', times: frames.map((milliseconds) => ({ milliseconds })), aim: aims.frame },
    { name: 'key to next pair painted', times: presses, aim: aims.nextPair },
  ];
  printFigures(figures);
  console.log(
    `Memory of the page in MB: ${heap.slice(0, -1).join(', ')} after each scroll from end to end; ` +
      `${heap.at(-1)} after ${keyPresses} pairs. At the end: ${machineLoad()}`,
  );
} finally {
  await browser.close();
  await app.close();
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
