import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import type { ServeHost } from '../../main/hosts/http/serve-host.ts';
import { serveApp } from '../../main/hosts/http/serve.ts';
import { replayLabels } from '../../main/labels/replay.ts';
import { openLibrary } from '../../main/library/library.ts';
import { listProjects } from '../../main/projects/projects.ts';
import { findBrowser, launchBrowser } from './browser.ts';
import { keyboardOf, mouse, type Hand } from './hands.ts';
import { reviewByKeyboard } from './review-session.ts';
import { evaluate, exportModel, importOwnProject, train } from './wizard.ts';

/** End-to-end runs in a real Chromium against the real host: `npm run build && npm run e2e [-- NAME...]`. */

const appFolder = join(import.meta.dirname, '../..');
const sharedData = join(appFolder, '../shared/data');

interface Journey {
  readonly name: string;
  /** Why it cannot run here, or null. */
  readonly skipped: () => string | null;
  readonly walk: (page: Page, app: RunningApp) => Promise<string>;
}

/** The app under test. */
interface RunningApp {
  readonly ownFolder: string;
  /** Closes the host and starts another on the same library; gives its address. */
  readonly restart: () => Promise<string>;
}

const hands: readonly { readonly name: string; readonly of: (page: Page) => Hand }[] = [
  { name: 'by-mouse', of: () => mouse },
  { name: 'by-keyboard', of: keyboardOf },
];

const journeys: readonly Journey[] = [
  { name: 'review-by-keyboard', skipped: () => null, walk: (page, { restart }) => reviewByKeyboard(page, restart) },
  ...hands.flatMap((hand): Journey[] => [
  {
    name: `sample-${hand.name}`,
    skipped: () => null,
    walk: async (page) => {
      await hand.of(page).activate(page.getByRole('main').getByRole('button', { name: 'Open the sample project' }).first());
      await page.getByRole('navigation').getByText('Review').first().waitFor();
      await page.keyboard.press('Alt+3');
      return trainToExport(page, hand.of(page));
    },
  },
  {
    name: `own-data-${hand.name}`,
    skipped: () => (existsSync(sharedData) ? null : `${sharedData} is not there`),
    walk: async (page, { ownFolder }) => {
      const rows: unknown = JSON.parse(gunzipSync(await readFile(join(sharedData, 'datasets/pku-saferlhf-dpo-pairs.json.gz'))).toString());
      await writeFile(join(ownFolder, 'some-pairs.json'), JSON.stringify(z.array(z.unknown()).parse(rows).slice(0, 160)));
      await importOwnProject(page, hand.of(page), { name: 'Stories, safer', model: ['data', 'models', 'stories260K-hf'], data: [basename(ownFolder), 'some-pairs.json'] });
      return trainToExport(page, hand.of(page));
    },
  },
])];

async function trainToExport(page: Page, hand: Hand): Promise<string> {
  await train(page, hand, 'Quick look');
  await evaluate(page, hand, 8);
  const sentence = await exportModel(page, hand);
  assert.match(sentence, /^Self-test passed/);
  return sentence;
}

/** Walks one journey in a new library; a picture of the page is kept in out/e2e when it fails. */
async function walk(browser: Browser, journey: Journey): Promise<string> {
  const libraryFolder = await mkdtemp(join(tmpdir(), 'safedpo-e2e-'));
  const ownFolder = await mkdtemp(join(tmpdir(), 'safedpo-own-'));
  let address = '';
  const serve = (): Promise<ServeHost> =>
    serveApp({
      libraryFolder, appFolder, rendererFolder: join(appFolder, 'out/renderer'), port: 0, allow: existsSync(sharedData) ? [sharedData, ownFolder] : [ownFolder],
      announce: (url) => {
        address = url;
      },
      report: (error, operation) => console.error(operation, error),
    });
  let host = await serve();
  const restart = async (): Promise<string> => {
    await host.close();
    host = await serve();
    return address;
  };
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const reports: string[] = [];
  page.on('pageerror', (error) => reports.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text())) reports.push(message.text());
  });
  try {
    await page.goto(address);
    const sentence = await journey.walk(page, { ownFolder, restart });
    assert.deepEqual(reports, [], 'no script error and no report of the content security policy');
    return sentence;
  } catch (error) {
    await page.screenshot({ path: join(appFolder, `out/e2e/${journey.name}.png`) });
    throw error;
  } finally {
    await context.close();
    await host.close();
    await endEngines(libraryFolder);
    checkLabels(libraryFolder);
    await Promise.all([libraryFolder, ownFolder].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** `safedpo labels verify` finds the log whole, and the labels of every project are what their log says. */
function checkLabels(libraryFolder: string): void {
  execFileSync(process.execPath, [join(appFolder, 'main/hosts/cli/safedpo.ts'), 'labels', 'verify', '--library', libraryFolder], { stdio: 'pipe' });
  const library = openLibrary(libraryFolder);
  try {
    for (const { id } of listProjects(library)) assert.deepEqual(replayLabels(library, id), [], 'the labels are what their log says');
  } finally {
    library.close();
  }
}

/** A run survives its app by design; one that a failed journey left behind must not outlive the test. */
async function endEngines(libraryFolder: string): Promise<void> {
  for await (const file of glob('runs/*/status.json', { cwd: libraryFolder })) {
    const { pid, state } = z.object({ pid: z.int(), state: z.string() }).parse(JSON.parse(await readFile(join(libraryFolder, file), 'utf8')));
    if (!['done', 'stopped', 'failed'].includes(state)) process.kill(pid);
  }
}

async function walkAll(wanted: readonly string[]): Promise<void> {
  const browser = await launchBrowser();
  try {
    for (const journey of journeys.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      const reason = journey.skipped();
      if (reason !== null) console.log(`SKIPPED ${journey.name}: ${reason}`);
      else {
        const started = performance.now();
        const sentence = await walk(browser, journey);
        console.log(`passed ${journey.name} in ${Math.round((performance.now() - started) / 1000)} s: ${sentence}`);
      }
    }
  } finally {
    await browser.close();
  }
}

if (findBrowser() === undefined) console.log('SKIPPED every journey in a browser: no Chromium was found. Install it, or name one in SAFEDPO_CHROMIUM.');
else await walkAll(process.argv.slice(2));
