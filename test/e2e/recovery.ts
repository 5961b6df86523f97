import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { writePkuRows } from '../integration/cli-harness.ts';
import { writeRandomModel } from '../integration/engine-run.ts';
import { openPage, type PageClient } from '../integration/page-client.ts';
import { serveAt } from '../integration/serve-harness.ts';
import { launchBrowser } from './browser.ts';

/** Two tabs at once, a host killed mid-run, and what a new host then shows: `npm run build && npm run e2e:recovery`. */

const appFolder = join(import.meta.dirname, '../..');
const root = await mkdtemp(join(tmpdir(), 'safedpo-recovery-'));
const allowed = join(root, 'allowed');
await mkdir(allowed);
await writeRandomModel(join(allowed, 'model'));
writePkuRows(join(allowed, 'pairs.jsonl'), 120);

interface RunningHost {
  readonly process: ChildProcess;
  /** The newest address that lets a page in. */
  url(): string;
}

async function startHost(): Promise<RunningHost> {
  const child = spawn(process.execPath, [join(appFolder, 'main/hosts/cli/safedpo.js'), 'serve', '--json', '--library', join(root, 'library'), '--allow', allowed], { stdio: ['ignore', 'pipe', 'inherit'] });
  let newest = '';
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    newest = z.object({ url: z.string() }).parse(JSON.parse(line)).url;
  });
  await once(lines, 'line');
  return { process: child, url: () => newest };
}

async function openTab(page: Page, host: RunningHost, hash: string): Promise<Page> {
  await page.goto(host.url());
  await page.locator('h1').first().waitFor();
  await page.goto(new URL(hash, host.url()).href);
  await page.locator('h1').first().waitFor();
  return page;
}

async function startRun({ client }: PageClient): Promise<{ readonly projectId: number; readonly runId: string }> {
  const projectId = (await client.projects.create({ name: 'Recovery' })).id;
  const [folder] = await client.files.roots({});
  const { entries } = await client.files.list({ folder: folder?.handle ?? '' });
  const handleOf = (wanted: string): string => entries.find(({ name }) => name === wanted)?.handle ?? '';
  await client.models.choose({ projectId, folder: handleOf('model') });
  const { taskId } = await client.datasets.import({ projectId, file: handleOf('pairs.jsonl'), format: null, mapping: null });
  await new Promise((resolve, reject) => void client.datasets.importProgress({ taskId }, { next: (event) => (event.state === 'done' ? resolve(event) : undefined), error: reject }));
  const settings = { ...(await client.hyperparameters.current({ projectId })), template: 'plain' as const, maxLength: 32, epochs: 60, batchSize: 2, threads: 1, checkpointEverySteps: 500 };
  return { projectId, runId: (await client.runs.start({ projectId, name: 'Long', settings })).id };
}

const stepsSeen = async (page: Page): Promise<void> => page.getByText(/step [\d,.\s]+ of/i).first().waitFor({ timeout: 30_000 });
const browser = await launchBrowser();
let host = await startHost();
try {
  const services = await openPage(serveAt(host.url()));
  const { projectId, runId } = await startRun(services);
  const context = await browser.newContext();
  const first = await openTab(await context.newPage(), host, `#/project/${projectId}/train/${runId}`);
  // The cookie is shared: the second tab needs no new token.
  const second = await context.newPage();
  await second.goto(new URL(`#/project/${projectId}/train/${runId}`, host.url()).href.replace(/#t=.*/, ''));
  await Promise.all([first, second].map(stepsSeen));
  await first.getByRole('button', { name: 'Pause' }).click();
  await second.getByRole('button', { name: 'Resume' }).waitFor();
  await second.getByRole('button', { name: 'Resume' }).click();
  await first.getByRole('button', { name: 'Pause' }).waitFor();
  console.log('passed two tabs: a pause in one and a resume in the other are seen by both');

  const before = (await services.client.runs.get({ runId })).progress.step;
  services.hangUp();
  host.process.kill('SIGKILL');
  await once(host.process, 'close');
  await first.getByText(/connection|not reach|offline|lost/i).first().waitFor({ timeout: 30_000 });
  console.log('passed host killed: the page says that it is gone');

  host = await startHost();
  const later = await openPage(serveAt(host.url()));
  const end = await new Promise<{ readonly state: string; readonly steps: number }>((resolve, reject) => void later.client.runs.progressFeed({ runId }, { next: (event) => (['done', 'failed', 'stopped'].includes(event.state) ? resolve(event) : undefined), error: reject }));
  assert.equal(end.state, 'done');
  const steps = (await later.client.runs.metrics({ runId, afterStep: 0, limit: 50_000 })).map(({ step }) => step);
  assert.deepEqual(steps, Array.from({ length: end.steps }, (_, index) => index + 1), 'no step is missing and none is there twice');
  assert.ok(before < end.steps, 'the host was killed before the run was done');
  const reopened = await openTab(await browser.newPage(), host, `#/project/${projectId}/train/${runId}`);
  await reopened.getByText(/^Done\./).waitFor();
  await reopened.getByRole('button', { name: 'Loss as a table' }).click();
  await reopened.locator('table').filter({ hasText: String(end.steps) }).first().waitFor();
  later.hangUp();
  console.log(`passed new host: killed at step ${before}, the engine went on to ${end.steps}, every step is in the charts of a reopened page`);
} finally {
  await browser.close();
  host.process.kill();
  await rm(root, { recursive: true, force: true });
}
