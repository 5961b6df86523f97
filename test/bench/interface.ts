import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../e2e/browser.ts';
import { longRun } from '../e2e/fixture/runs.ts';
import { serveFixture } from '../e2e/fixture/serve-fixture.ts';
import { hasData } from '../integration/real-data.ts';
import { machineLoad } from './figures.ts';
import { largeLibrary, pkuLibrary } from './interface-library.ts';
import { serveLibrary } from './served-app.ts';
import { summariseChanges, tourSteps } from './step-changes.ts';
import { measureTrainingPage } from './training-page.ts';

/**
 * Speed of the interface in a real Chromium: first usable screen, step changes over real libraries, frames and memory
 * of the training page with a 20,000-step history that still grows, size of the built renderer. `npm run
 * bench:interface [-- FOLDER [PAIRS]]` prints one JSON document; the libraries are made in FOLDER at the first time
 * (300,000 pairs take minutes) and kept; PAIRS 0 leaves the large one out.
 */

const rounds = 6;
const rendererFolder = join(import.meta.dirname, '../../out/renderer');

const newPage = async (browser: Browser): Promise<Page> =>
  (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();

/** Milliseconds until a page that is opened anew shows its heading. */
async function openPage(page: Page, origin: string, hash: string, heading: string): Promise<number> {
  await page.goto('about:blank');
  const started = performance.now();
  await page.goto(`${origin}/${hash}`);
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  return Math.round(performance.now() - started);
}

/** A tour of the steps right after the start of the app, and more of them afterwards. */
async function stepChanges(browser: Browser, folder: string, projectId: number): Promise<object> {
  const app = await serveLibrary(folder);
  const page = await newPage(browser);
  try {
    await app.signIn(page.context());
    const projectsMilliseconds = await openPage(page, app.origin, '#/', 'Projects');
    await page.getByRole('main').getByRole('row').nth(1).waitFor();
    const modelMilliseconds = await openPage(page, app.origin, `#/project/${projectId}/model`, 'Model');
    const firstTour = summariseChanges(await tourSteps(page, 1));
    return {
      firstScreen: { projectsMilliseconds, modelMilliseconds },
      firstTour,
      laterTours: summariseChanges(await tourSteps(page, rounds)),
    };
  } finally {
    await page.context().close();
    await app.close();
  }
}

async function trainingPage(browser: Browser): Promise<object> {
  const fixture = await serveFixture('full');
  const page = await newPage(browser);
  try {
    await page.goto(fixture.url());
    await page.locator('h1').first().waitFor();
    await openPage(page, new URL(fixture.url()).origin, `#/project/1/train/${longRun.id}`, 'Train');
    await page
      .getByRole('img', { name: new RegExp(`over ${longRun.steps.toString().slice(0, 2)}\\d{3} points`) })
      .first()
      .waitFor({ timeout: 60_000 });
    return await measureTrainingPage(page, {
      rounds: 6,
      secondsPerRound: 5,
      stepsPerSecond: 1000 / longRun.millisecondsPerStep,
    });
  } finally {
    await page.context().close();
    await fixture.close();
  }
}

async function rendererBytes(): Promise<object> {
  let [files, bytes, gzippedBytes] = [0, 0, 0];
  for await (const file of glob('**/*.*', { cwd: rendererFolder })) {
    const content = readFileSync(join(rendererFolder, file));
    [files, bytes, gzippedBytes] = [files + 1, bytes + content.length, gzippedBytes + gzipSync(content).length];
  }
  return { files, bytes, gzippedBytes };
}

const [given, pairs = '300000'] = process.argv.slice(2);
const folder = given ?? mkdtempSync(join(tmpdir(), 'safedpo-interface-'));
const browser = await launchBrowser();
try {
  const results: { [name: string]: object } = {
    machine: { load: machineLoad() },
    renderer: await rendererBytes(),
    trainingPage: await trainingPage(browser),
  };
  if (hasData) {
    const pkuProject = await pkuLibrary(join(folder, 'pku'));
    results['stepChangesPku'] = await stepChanges(browser, join(folder, 'pku'), pkuProject);
    if (pairs !== '0') {
      const largeProject = await largeLibrary(join(folder, 'large'), Number(pairs));
      results['stepChangesLarge'] = await stepChanges(browser, join(folder, 'large'), largeProject);
    }
  }
  console.log(JSON.stringify(results, null, 2));
} finally {
  await browser.close();
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
}
