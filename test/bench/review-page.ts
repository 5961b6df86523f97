/**
 * The review page over 300,000 pairs in a real Chromium: time until it is usable, frames while scrolling from end to end,
 * a key press until the next pair is painted, memory of the page. `npm run build:renderer && node test/bench/review-page.ts
 * [FOLDER [PAIRS]]` prints one JSON document; the library in FOLDER is made at the first time and kept.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { serveApp } from '../../main/hosts/http/serve.ts';
import { launchBrowser } from '../e2e/browser.ts';
import { hasData } from '../integration/real-data.ts';
import { reviewLibrary } from './review-library.ts';

const scrollSeconds = 10;
const keyPresses = 100;
const memoryRounds = 3;

const percentile = (values: readonly number[], share: number): number => values.toSorted((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

/** Milliseconds between frames while the list scrolls from its first to its last pair. */
async function scrollFrames(page: Page): Promise<number[]> {
  const measured: unknown = await page.evaluate(`new Promise((resolve) => {
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
    requestAnimationFrame(frame);
  })`);
  return z.array(z.number()).parse(measured);
}

/** Milliseconds from the press of a key that completes a pair until another pair has been painted. */
async function nextPair(page: Page): Promise<number> {
  const measured: unknown = await page.evaluate(`new Promise((resolve) => {
    const shown = () => document.querySelector('article')?.getAttribute('aria-label');
    const before = shown();
    const start = performance.now();
    const look = () => shown() === before ? requestAnimationFrame(look) : requestAnimationFrame(() => resolve(performance.now() - start));
    dispatchEvent(new KeyboardEvent('keydown', { key: '3', code: 'Digit3' }));
    look();
  })`);
  return z.number().parse(measured);
}

/** Waits until the verdict of the response on the left is shown. */
async function judgeA(page: Page): Promise<void> {
  await page.keyboard.press('1');
  await page.locator('section[aria-label="Response A"] button[aria-pressed=true]', { hasText: 'Safe' }).waitFor();
}

async function heapMegabytes(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6;
}

const [given, pairs = '300000'] = process.argv.slice(2);
if (!hasData) process.exit(0);
const folder = given ?? mkdtempSync(join(tmpdir(), 'safedpo-review-page-'));
const { library, projectId } = reviewLibrary(folder, Number(pairs));
library.close();
const appFolder = join(import.meta.dirname, '../..');
let address = '';
const host = await serveApp({
  libraryFolder: folder, appFolder, rendererFolder: join(appFolder, 'out/renderer'), port: 0, allow: [],
  announce: (url) => {
    address = url;
  },
  report: (error, operation) => console.error(operation, error),
});
const browser = await launchBrowser();
try {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  await page.goto(address);
  await page.getByRole('main').getByRole('link', { name: 'review' }).waitFor();
  const open = async (set: string): Promise<number> => {
    await page.goto('about:blank');
    const started = performance.now();
    await page.goto(`${new URL(address).origin}/#/project/${projectId}/pairs/${encodeURIComponent(set)}`);
    await page.getByRole('article').waitFor();
    return performance.now() - started;
  };
  const firstOpenMilliseconds = await open('all');
  const usableMilliseconds = await open('all');
  const devtools = await page.context().newCDPSession(page);
  const frames: number[] = [];
  const heap: number[] = [await heapMegabytes(devtools)];
  for (let round = 0; round < memoryRounds; round += 1) {
    frames.push(...(await scrollFrames(page)));
    heap.push(await heapMegabytes(devtools));
  }
  await open('class:waiting sort:length');
  const presses: number[] = [];
  for (let press = 0; press < keyPresses; press += 1) {
    await judgeA(page);
    presses.push(await nextPair(page));
  }
  const heapAfterLabels = await heapMegabytes(devtools);
  const summary = (values: readonly number[]): object => ({ count: values.length, p50: percentile(values, 0.5), p95: percentile(values, 0.95), largest: Math.max(...values) });
  console.log(JSON.stringify({ pairs: Number(pairs), firstOpenMilliseconds, usableMilliseconds, frameMilliseconds: summary(frames), keyToNextPairMilliseconds: summary(presses), heapMegabytes: { rounds: heap, afterLabels: heapAfterLabels } }, null, 2));
} finally {
  await browser.close();
  await host.close();
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
