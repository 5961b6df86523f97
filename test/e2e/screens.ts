import type { Page } from 'playwright-core';

export interface ScreenCase {
  readonly name: string;
  readonly library: 'full' | 'new';
  readonly hash: string;
  /** Brings the screen into the state to be looked at. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const press =
  (keys: string) =>
  (page: Page): Promise<void> =>
    page.keyboard.press(keys);
const click =
  (name: string | RegExp) =>
  (page: Page): Promise<void> =>
    page.getByRole('button', { name }).first().click();

async function chooseLibrary(page: Page): Promise<void> {
  await click('Copy this library elsewhere')(page);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /models/ })
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Choose this folder' }).click();
  await page.getByRole('button', { name: 'Copy and open' }).waitFor();
}

/** Every screen in every state worth looking at. */
export const screens: readonly ScreenCase[] = [
  { name: 'first-run', library: 'new', hash: '#/' },
  { name: 'home', library: 'full', hash: '#/' },
  { name: 'home-running', library: 'full', hash: '#/', prepare: click(/^Training/) },
  { name: 'home-new-project', library: 'full', hash: '#/', prepare: click('New project') },
  { name: 'model', library: 'full', hash: '#/project/1/model' },
  { name: 'model-empty', library: 'full', hash: '#/project/2/model' },
  { name: 'model-picker', library: 'full', hash: '#/project/2/model', prepare: click('Choose a model folder') },
  { name: 'data', library: 'full', hash: '#/project/1/data' },
  { name: 'data-empty', library: 'full', hash: '#/project/2/data' },
  {
    name: 'data-mapping',
    library: 'full',
    hash: '#/project/1/data',
    prepare: async (page) => {
      await click('Add a file')(page);
      await click(/models/)(page);
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /new-pairs/ })
        .click();
      await page
        .getByText('First rows')
        .or(page.getByRole('button', { name: 'Import this file' }))
        .first()
        .waitFor();
    },
  },
  { name: 'data-rejected', library: 'full', hash: '#/project/1/data', prepare: click(/rejected rows/) },
  { name: 'data-clashing', library: 'full', hash: '#/project/1/data', prepare: click(/clash with pairs kept/) },
  { name: 'review', library: 'full', hash: '#/project/1/review' },
  { name: 'pairs', library: 'full', hash: '#/project/1/pairs/swapped' },
  { name: 'pairs-conversation', library: 'full', hash: '#/project/1/pairs/waiting' },
  { name: 'pairs-hostile', library: 'full', hash: '#/project/1/pairs/keptSafeSafe', prepare: click('Compare words') },
  ...(
    [
      ['lint', 'Label lint'],
      ['conflicts', 'Conflicts'],
      ['agreement', 'Agreement'],
      ['suggestions', 'Suggestions'],
      ['categories', 'Categories'],
      ['history', 'History'],
      ['files', 'Import and export'],
    ] as const
  ).map(([name, title]): ScreenCase => ({
    name: `review-${name}`,
    library: 'full',
    hash: '#/project/1/review',
    prepare: (page) => page.getByRole('tab', { name: title }).click(),
  })),
  {
    name: 'pairs-filters',
    library: 'full',
    hash: '#/project/1/pairs/class%3Awaiting%2Cswapped%20category%3A%22Breaking%20the%20tide%20rule%22',
    prepare: press('e'),
  },
  { name: 'pairs-problem', library: 'full', hash: '#/project/1/pairs/colour%3Ared' },
  { name: 'pairs-audit', library: 'full', hash: '#/project/1/pairs/audit%201' },
  { name: 'pairs-bulk', library: 'full', hash: '#/project/1/pairs/waiting', prepare: press('b') },
  { name: 'pairs-categories', library: 'full', hash: '#/project/1/pairs/swapped', prepare: press('c') },
  { name: 'pairs-note', library: 'full', hash: '#/project/1/pairs/swapped', prepare: press('m') },
  { name: 'settings', library: 'full', hash: '#/project/1/hyperparameters' },
  {
    name: 'settings-refused',
    library: 'full',
    hash: '#/project/1/hyperparameters',
    prepare: async (page) => {
      await page.getByLabel(/^Batch/).fill('64');
      await page.getByText('Does not fit.').waitFor();
    },
  },
  {
    name: 'settings-tokens',
    library: 'full',
    hash: '#/project/1/hyperparameters',
    prepare: async (page) => {
      await page.getByText('The exact tokens of a pair').scrollIntoViewIfNeeded();
      await page
        .getByText('The exact tokens of a pair')
        .evaluate((element) => element.scrollIntoView({ block: 'center' }));
    },
  },
  { name: 'train', library: 'full', hash: '#/project/1/train' },
  { name: 'train-table', library: 'full', hash: '#/project/1/train/run-13', prepare: click('Loss as a table') },
  { name: 'train-empty', library: 'full', hash: '#/project/2/train' },
  { name: 'evaluate', library: 'full', hash: '#/project/1/evaluate/run-13' },
  { name: 'evaluate-start', library: 'full', hash: '#/project/1/evaluate/run-12' },
  { name: 'export', library: 'full', hash: '#/project/1/export/run-13' },
  { name: 'runs', library: 'full', hash: '#/runs' },
  { name: 'compare', library: 'full', hash: '#/runs/compare/run-13,run-12' },
  { name: 'trash', library: 'full', hash: '#/trash' },
  { name: 'trash-empty', library: 'full', hash: '#/trash', prepare: click('Empty the trash') },
  { name: 'doctor', library: 'full', hash: '#/doctor' },
  { name: 'preferences', library: 'full', hash: '#/preferences' },
  { name: 'preferences-library', library: 'new', hash: '#/preferences', prepare: chooseLibrary },
  {
    name: 'preferences-copying',
    library: 'new',
    hash: '#/preferences',
    prepare: async (page) => {
      await chooseLibrary(page);
      await click('Copy and open')(page);
      await page.getByRole('button', { name: 'Stop' }).waitFor();
    },
  },
  {
    name: 'preferences-keys',
    library: 'full',
    hash: '#/preferences',
    prepare: (page) => page.getByText('Keys of the review page').click(),
  },
  { name: 'help', library: 'full', hash: '#/help' },
  { name: 'error', library: 'full', hash: '#/errors/unknown-architecture' },
  { name: 'offline', library: 'full', hash: '#/offline' },
  { name: 'palette', library: 'full', hash: '#/project/1/model', prepare: press('Control+k') },
  { name: 'keys', library: 'full', hash: '#/project/1/pairs/all', prepare: press('F1') },
];

/** Waits until nothing is being read and the charts are drawn. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page
    .locator('[role=status]', { hasText: /^Reading/ })
    .first()
    .waitFor({ state: 'hidden' });
  await page.waitForTimeout(350);
}
