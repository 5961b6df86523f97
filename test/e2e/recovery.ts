import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';
import type { PageClient } from '../integration/page-client.ts';
import { launchBrowser } from './browser.ts';
import {
  enginePid,
  fillProject,
  makeRoot,
  startHost,
  startLongRun,
  stepsOf,
  type RunningHost,
} from './recovery-library.ts';
import { checkTabs } from './two-tabs.ts';

/**
 * Pages closed mid-run, hosts and engines killed, two tabs at once: `npm run e2e:recovery`.
 */

const patience = 300_000;

/** A tab; the first of a context swaps the printed token for the session that the others share. */
async function openTab(context: BrowserContext, host: RunningHost, hash: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.goto(context.pages().length === 1 ? host.url() : new URL(host.url()).origin);
  await page.locator('h1').first().waitFor();
  await page.goto(`${new URL(host.url()).origin}/${hash}`);
  await page.locator('h1').first().waitFor();
  return page;
}

const lossChart = (page: Page, points: string) =>
  page.getByRole('img', { name: new RegExp(`^Loss\\. .* over ${points} points`) });

/** Waits until the run has passed a step. */
function passed({ client }: PageClient, runId: string, step: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = client.runs.progressFeed(
      { runId },
      {
        next: (progress) => {
          if (progress.step < step) return;
          stop();
          resolve();
        },
        error: reject,
      },
    );
  });
}

/** The chart speaks of as many points as the folder has steps, and each row of its table is the folder's. */
async function checkCharts(page: Page, root: string, runId: string): Promise<number> {
  const steps = await stepsOf(root, runId);
  assert.deepEqual(
    steps.map(({ step }) => step),
    steps.map((_, index) => index + 1),
    'no step is missing and none is there twice',
  );
  await lossChart(page, String(steps.length)).waitFor();
  await page.getByRole('button', { name: 'Loss as a table' }).click();
  const rows = await page
    .getByRole('region', { name: 'Loss, table' })
    .getByRole('row')
    .evaluateAll((all) =>
      all.slice(1).map((row) => [...row.children].slice(0, 2).map((cell) => Number(cell.textContent))),
    );
  assert.equal(rows[0]?.[0], steps.length, 'the newest step leads the table');
  for (const [step = 0, loss] of rows) assert.equal(loss, Number(steps[step - 1]?.loss.toPrecision(4)), `step ${step}`);
  await page.getByRole('button', { name: 'Loss as a table' }).click();
  return steps.length;
}

async function closePage(
  context: BrowserContext,
  host: RunningHost,
  services: PageClient,
  root: string,
  projectId: number,
): Promise<void> {
  const runId = await startLongRun(services, projectId, 'Closed page', 1);
  const page = await openTab(context, host, `#/project/${projectId}/train/${runId}`);
  await lossChart(page, '\\d+').waitFor({ timeout: patience });
  await page.close();
  const closedAt = (await services.client.runs.get({ runId })).progress.step;
  await passed(services, runId, closedAt + 200);
  const reopened = await openTab(context, host, `#/project/${projectId}/train/${runId}`);
  await reopened.getByRole('button', { name: 'Pause' }).click();
  await reopened.getByText(/^Paused\./).waitFor();
  const steps = await checkCharts(reopened, root, runId);
  await reopened.getByRole('button', { name: 'Stop' }).click();
  await reopened.getByText(/^Stopped\./).waitFor();
  await reopened.close();
  console.log(
    `passed page closed at step ${closedAt}: reopened and paused at ${steps}, charts and table are the run folder`,
  );
}

async function killHost(
  context: BrowserContext,
  host: RunningHost,
  services: PageClient,
  root: string,
  projectId: number,
  startNext: () => Promise<RunningHost>,
): Promise<RunningHost> {
  const runId = await startLongRun(services, projectId, 'Killed host');
  const page = await openTab(context, host, `#/project/${projectId}/train/${runId}`);
  await passed(services, runId, 100);
  const engine = await enginePid(root, runId);
  const before = (await services.client.runs.get({ runId })).progress;
  services.hangUp();
  await host.end('SIGKILL');
  await page.getByText('Connection to the app lost').waitFor();
  await page.close();

  const next = await startNext();
  const later = await next.client();
  const now = (await later.client.runs.get({ runId })).progress;
  assert.equal(await enginePid(root, runId), engine, 'the same engine goes on');
  assert.ok(
    now.step > before.step && now.step < now.steps && now.state === 'running',
    `the new host knows that it goes on: ${now.state} at ${now.step} of ${now.steps}, killed at ${before.step}`,
  );
  const fresh = await launchContext(context);
  const reopened = await openTab(fresh, next, `#/project/${projectId}/train/${runId}`);
  await reopened.getByText(/^Training\./).waitFor();
  await reopened.getByText(/^Done\./).waitFor({ timeout: patience });
  const steps = await checkCharts(reopened, root, runId);
  assert.equal(steps, now.steps);
  await fresh.close();
  later.hangUp();
  console.log(
    `passed host killed at step ${before.step}: the page said so, the engine went on, a new host showed it ` +
      `at ${now.step} and its end at ${steps}`,
  );
  return next;
}

async function killEngine(
  context: BrowserContext,
  host: RunningHost,
  services: PageClient,
  root: string,
  projectId: number,
): Promise<void> {
  const runId = await startLongRun(services, projectId, 'Killed engine');
  const page = await openTab(context, host, `#/project/${projectId}/train/${runId}`);
  await passed(services, runId, 450);
  process.kill(await enginePid(root, runId), 'SIGKILL');
  await page.getByRole('alert').filter({ hasText: 'engine-crashed' }).waitFor();
  const { progress } = await services.client.runs.get({ runId });
  assert.equal(progress.state, 'failed');
  await page.getByText(`Last checkpoint at step ${progress.lastCheckpointStep}.`).waitFor();
  await page.getByRole('navigation').getByText('the last run failed').waitFor();
  await page.getByRole('button', { name: /^Resume/ }).click();
  await page.getByRole('alert').filter({ hasText: 'engine-crashed' }).waitFor({ state: 'detached' });
  await page.getByText(/^Done\./).waitFor({ timeout: patience });
  const steps = await checkCharts(page, root, runId);
  await page.close();
  console.log(
    `passed engine killed at step ${progress.step}: the page said what happened, one button went on from ` +
      `step ${progress.lastCheckpointStep} to ${steps}, each step once`,
  );
}

/** A context without the session of the host that is gone. */
async function launchContext(context: BrowserContext): Promise<BrowserContext> {
  const browser = context.browser();
  assert.ok(browser !== null);
  return browser.newContext();
}

const { root, remove } = await makeRoot();
const browser = await launchBrowser();
const hosts: RunningHost[] = [];
const start = async (): Promise<RunningHost> => {
  const started = await startHost(root);
  hosts.push(started);
  return started;
};
try {
  let host = await start();
  let services = await host.client();
  const projectId = await fillProject(services, 'Recovery');
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await checkTabs(
    await openTab(context, host, '#/'),
    await openTab(context, host, '#/'),
    services,
    await fillProject(services, 'Two tabs'),
  );
  await closePage(context, host, services, root, projectId);
  host = await killHost(context, host, services, root, projectId, start);
  await context.close();
  services = await host.client();
  await killEngine(
    await browser.newContext({ viewport: { width: 1280, height: 800 } }),
    host,
    services,
    root,
    projectId,
  );
  services.hangUp();
} finally {
  await browser.close();
  for (const host of hosts) await host.end();
  await remove();
}
