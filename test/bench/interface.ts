import type { Page } from 'playwright-core';
import { launchBrowser } from '../e2e/browser.ts';
import { longRun } from '../e2e/fixture/runs.ts';
import { serveFixture } from '../e2e/fixture/serve-fixture.ts';

/**
 * Speed of the interface in a real Chromium: first usable screen, step changes, frame times of the training page with a
 * 20,000-step history that still grows. `npm run build:renderer && node test/bench/interface.ts` prints one JSON document.
 */

const framesSeconds = 5;

const percentile = (values: readonly number[], share: number): number => values.toSorted((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

/** Milliseconds from a press of Alt and a digit until the heading of that step is painted. */
async function stepChange(page: Page, digit: number, heading: string): Promise<number> {
  const measured: unknown = await page.evaluate(`new Promise((resolve) => {
    const start = performance.now();
    const look = () => document.querySelector('h1')?.textContent.startsWith(${JSON.stringify(heading)}) ? requestAnimationFrame(() => resolve(performance.now() - start)) : requestAnimationFrame(look);
    dispatchEvent(new KeyboardEvent('keydown', { key: '${digit}', code: 'Digit${digit}', altKey: true }));
    look();
  })`);
  return Number(measured);
}

/** Times between frames, in milliseconds, while the page scrolls and the run goes on. */
async function frameTimes(page: Page): Promise<number[]> {
  const measured: unknown = await page.evaluate(`new Promise((resolve) => {
    const times = [];
    const main = document.querySelector('main');
    let last = performance.now();
    const end = last + ${framesSeconds * 1000};
    const frame = (now) => {
      times.push(now - last);
      last = now;
      main.scrollTop = (main.scrollTop + 4) % 400;
      if (now < end) requestAnimationFrame(frame); else resolve(times.slice(1));
    };
    requestAnimationFrame(frame);
  })`);
  return Array.isArray(measured) ? measured.map(Number) : [];
}

const server = await serveFixture('full');
const browser = await launchBrowser();
try {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  const started = performance.now();
  await page.goto(server.url());
  await page.getByRole('link', { name: 'Island guide, safer' }).waitFor();
  const firstScreenMilliseconds = performance.now() - started;

  await page.goto(`${new URL(server.url()).origin}/#/project/1/model`);
  await page.getByRole('heading', { level: 1, name: 'Model' }).waitFor();
  const changes: number[] = [];
  for (const [digit, heading] of [[2, 'Data'], [3, 'Review'], [4, 'Settings'], [5, 'Train'], [6, 'Evaluate'], [7, 'Export'], [1, 'Model']] as const) changes.push(await stepChange(page, digit, heading));

  await page.goto(`${new URL(server.url()).origin}/#/project/1/train/${longRun.id}`);
  await page.getByRole('img', { name: new RegExp(`over ${longRun.steps.toString().slice(0, 2)}\\d{3} points`) }).first().waitFor({ timeout: 60_000 });
  const frames = await frameTimes(page);
  console.log(JSON.stringify({ firstScreenMilliseconds, stepChangeMilliseconds: { median: percentile(changes, 0.5), largest: Math.max(...changes) }, frames: { count: frames.length, p50Milliseconds: percentile(frames, 0.5), p95Milliseconds: percentile(frames, 0.95), largestMilliseconds: Math.max(...frames) } }, null, 2));
} finally {
  await browser.close();
  await server.close();
}
