import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { pairSentence } from '../../preload/contract/pair-counts.ts';
import type { PageClient } from '../integration/page-client.ts';
import { until } from './until.ts';

/** What one tab does, the other shows without being asked: labels, settings, runs, deletions and their undo. */

const counted = (page: Page) => page.getByText(/^\d+ pairs: \d+ to train on/);

async function go(page: Page, hash: string, heading: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.getByRole('heading', { level: 1, name: new RegExp(`^${heading}`) }).waitFor();
}

async function checkLabels(acting: Page, watching: Page, { client }: PageClient, projectId: number): Promise<void> {
  await go(watching, `#/project/${projectId}/review`, 'Review');
  const before = await counted(watching).innerText();
  await acting.evaluate(`location.hash = '#/project/${projectId}/pairs/keptSafeUnsafe'`);
  await acting.getByRole('article').waitFor();
  await acting.keyboard.press('2');
  await acting.keyboard.press('4');
  await watching.getByText(before).waitFor({ state: 'detached' });
  assert.equal(
    await counted(watching).innerText(),
    pairSentence(await client.review.counts({ projectId })),
    'the other tab counts what is stored',
  );
}

/** Both look at the same pair: what one says is there for the other, and nobody writes over what they have not seen. */
async function checkSamePair(one: Page, two: Page, projectId: number): Promise<void> {
  for (const page of [one, two]) {
    await page.evaluate(`location.hash = '#/project/${projectId}/pairs/keptSafeSafe'`);
    await page.getByRole('article').waitFor();
  }
  const heading = await one.getByRole('article').getByRole('heading', { level: 2 }).innerText();
  assert.equal(
    await two.getByRole('article').getByRole('heading', { level: 2 }).innerText(),
    heading,
    'both tabs show one pair',
  );
  const history = (page: Page) => page.getByText(/^History, \d+ events?$/);
  const before = await history(two).innerText();
  await one.keyboard.press('2');
  await history(two).getByText(before, { exact: true }).waitFor({ state: 'detached' });
  const verdict = two
    .getByRole('article')
    .getByRole('button', { name: /^Unsafe/ })
    .first();
  await until('the other tab shows the verdict', async () => (await verdict.getAttribute('aria-pressed')) === 'true');
  await two.keyboard.press('z');
  await history(one)
    .getByText(await history(two).innerText(), { exact: true })
    .waitFor();
}

async function checkSettings(one: Page, two: Page, projectId: number): Promise<void> {
  for (const page of [one, two]) await go(page, `#/project/${projectId}/hyperparameters`, 'Settings');
  const field = (page: Page, name: string) => page.getByRole('spinbutton', { name });
  const shows = (page: Page, name: string, value: string): Promise<void> =>
    until(`${name} is ${value}`, async () => (await field(page, name).inputValue()) === value);
  await field(one, 'Epochs').fill('7');
  await shows(two, 'Epochs', '7');
  await field(two, 'Batch size').fill('3');
  await shows(one, 'Batch size', '3');
  assert.equal(
    await field(one, 'Epochs').inputValue(),
    '7',
    'a change in one tab does not take back that of the other',
  );
}

async function checkRuns(acting: Page, watching: Page, projectId: number): Promise<void> {
  await go(watching, `#/project/${projectId}/train`, 'Train');
  await watching.getByText('Your run appears here').waitFor();
  for (const [name, value] of [
    ['Longest pair', '32'],
    ['Epochs', '90'],
  ] as const)
    await acting.getByRole('spinbutton', { name }).fill(value);
  await acting.getByRole('button', { name: 'Start training' }).click();
  await watching.getByRole('button', { name: 'Pause' }).waitFor();
  await watching.getByRole('progressbar', { name: /^Step [1-9]/ }).waitFor({ timeout: 60_000 });
  await watching.getByRole('button', { name: 'Pause' }).click();
  await acting.getByRole('button', { name: 'Resume' }).click();
  await watching.getByRole('button', { name: 'Stop' }).click();
  for (const page of [acting, watching]) await page.getByText(/^Stopped\./).waitFor();
}

/** Moves the thing in that row to the trash and back; the other tab must lose it and get it again. */
async function checkTrash(acting: Page, watching: Page, hash: string, heading: string, name: RegExp): Promise<void> {
  for (const page of [acting, watching]) await go(page, hash, heading);
  await watching.getByRole('row', { name }).waitFor();
  await acting
    .getByRole('row', { name })
    .getByRole('button', { name: /to the trash$/ })
    .click();
  await watching.getByRole('row', { name }).waitFor({ state: 'detached' });
  await acting.getByRole('button', { name: 'Undo' }).last().click();
  await watching.getByRole('row', { name }).waitFor();
}

export async function checkTabs(one: Page, two: Page, services: PageClient, projectId: number): Promise<void> {
  await checkLabels(one, two, services, projectId);
  await checkSamePair(one, two, projectId);
  await checkSettings(one, two, projectId);
  await checkRuns(one, two, projectId);
  await checkTrash(one, two, `#/project/${projectId}/data`, 'Data', /pairs\.jsonl/);
  await checkTrash(two, one, '#/runs', 'Runs', /Two tabs/);
  await checkTrash(one, two, '#/', 'Projects', /Two tabs/);
  for (const page of [one, two]) await page.close();
  console.log(
    'passed two tabs: labels, settings, a run with pause, resume and stop, deletions of a dataset, a run ' +
      'and a project with their undo are seen in both',
  );
}
