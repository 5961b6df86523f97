import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { keyboardOf } from './hands.ts';
import type { OpenApp } from './open-app.ts';
import { until } from './until.ts';

/**
 * A labelling session by keyboard alone: 100 pairs, categories, bulk changes, undo over a restart, search, an audit, a
 * conflict.
 */

const sampleProject = 'Sample: Lantern Greenhouse';
const labelledPairs = 100;

class ReviewSession {
  readonly page: Page;
  readonly hand: ReturnType<typeof keyboardOf>;

  constructor(page: Page) {
    this.page = page;
    this.hand = keyboardOf(page);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** What the live region says. */
  async said(pattern: RegExp): Promise<void> {
    await this.page.locator('footer [role=status]', { hasText: pattern }).waitFor();
  }

  /** Waits for a place of the list to be in focus. */
  async at(place: number): Promise<void> {
    await this.page.locator(`[role=option][aria-selected=true][aria-posinset="${place}"]`).waitFor();
    await this.page.getByRole('article').waitFor();
  }

  /** From anywhere in the project to all its pairs. */
  async openPairs(): Promise<void> {
    await this.press('Alt+3');
    await this.hand.activate(this.page.getByRole('link', { name: 'All pairs' }));
    await this.at(1);
  }

  async query(text: string): Promise<number> {
    await this.press('/', 'Control+a');
    await this.page.keyboard.type(text === '' ? ' ' : text);
    await this.press('Enter', 'Escape');
    await this.page.locator('[aria-busy=false]').waitFor();
    return this.shown();
  }

  /** Pairs in the list. */
  async shown(): Promise<number> {
    const text = (await this.page.locator('header .count').textContent()) ?? '';
    return Number((text.split(' of ')[0] ?? '').replaceAll(',', ''));
  }

  /** Changes all pairs shown by an action of the menu; returns how many changed. */
  async bulk(action: string): Promise<number> {
    await this.press('b');
    const dialog = this.page.getByRole('dialog', { name: /^Change all/ });
    const menu = dialog.getByLabel('What to change');
    await menu.waitFor();
    await until('the menu of bulk changes has the focus', () =>
      menu.evaluate((element) => element.ownerDocument.activeElement === element),
    );
    const titles = await menu.locator('option').allTextContents();
    assert.ok(titles.includes(action), `the menu has ${action}`);
    for (let step = titles.indexOf(action); step > 0; step -= 1) await this.press('ArrowDown');
    const apply = dialog.getByRole('button', { name: /^Change [1-9]/ });
    await apply.waitFor();
    const changed = Number(/[\d,]+/.exec((await apply.textContent()) ?? '')?.[0].replaceAll(',', ''));
    await this.hand.activate(apply);
    await this.said(/pairs at once/);
    return changed;
  }

  async openSample(): Promise<void> {
    await this.hand.activate(this.page.getByRole('main').getByRole('link', { name: sampleProject }));
    await this.page.getByRole('navigation').getByText('Review').first().waitFor();
  }
}

/** Labels the waiting pairs from the first on; every tenth gets a category, every 25th a flag. */
async function labelPairs(session: ReviewSession): Promise<void> {
  for (let pair = 0; pair < labelledPairs; pair += 1) {
    await session.at(pair + 1);
    if (pair % 10 === 0) {
      await session.press('c');
      const picker = session.page.getByRole('dialog', { name: 'Categories and severity' });
      await picker.getByRole('checkbox', { name: 'Violence' }).waitFor();
      await session.page.keyboard.type('viol');
      await session.press('Enter');
      await picker.getByRole('status').filter({ hasText: 'Violence' }).waitFor();
      await session.press('Escape');
      await picker.waitFor({ state: 'hidden' });
    }
    if (pair % 25 === 0) await session.press('f');
    await session.press('q', pair % 3 === 0 ? '2' : '1', pair % 2 === 0 ? '3' : '4');
  }
  await session.at(labelledPairs + 1);
}

/** What a screen reader is told of the list: its name, how long it is, where the reader stands and what is selected. */
async function announced(session: ReviewSession, total: number): Promise<void> {
  const list = session.page.getByRole('listbox', { name: 'Pairs' });
  const options = list.getByRole('option');
  const selected = list.locator('[aria-selected=true]');
  assert.deepEqual(
    new Set(await options.evaluateAll((elements) => elements.map((element) => element.getAttribute('aria-setsize')))),
    new Set([String(total)]),
  );
  assert.deepEqual([await selected.count(), await selected.getAttribute('aria-posinset')], [1, '1']);
  assert.equal(await list.getAttribute('aria-activedescendant'), await selected.getAttribute('id'));
}

/**
 * A change with its reason: the page says what SafeDPO makes of the pair now and made of it before, and the history
 * why.
 */
async function changeWithReason(session: ReviewSession): Promise<void> {
  const { page } = session;
  const article = page.getByRole('article');
  await session.press('r');
  await page.keyboard.type('read it twice');
  await session.press('Enter', '1', '3');
  await session.said(/saved: Kept, safe over safe/);
  await session.press('4');
  await session.said(/saved: Kept, safe over unsafe, was Kept, safe over safe/);
  await article.getByText('SafeDPO will train A over B, with the required gap').waitFor();
  await article.getByText(/^Before: SafeDPO will train A over B, without a gap/).waitFor();
  await session.press('h');
  const event = article.getByRole('row').filter({ hasText: 'read it twice' }).first();
  assert.match((await event.textContent()) ?? '', /B verdict.*safe, by .*unsafe, by /);
  await session.press('z', 'z');
  await session.said(/undone/);
}

/** Draws five pairs, finds one of them wrong, and reads the error rate. */
async function audit(session: ReviewSession): Promise<void> {
  const { page } = session;
  await session.press('Alt+3');
  await session.hand.fill(page.getByRole('spinbutton', { name: /^Audit/ }), '5');
  await session.hand.activate(page.getByRole('button', { name: 'Draw' }));
  await page.getByRole('group', { name: 'Audit' }).waitFor();
  await session.at(1);
  for (let pair = 1; pair <= 5; pair += 1) {
    if (pair === 2) {
      const isUnsafe = (await page.getByRole('button', { name: 'Unsafe 2' }).getAttribute('aria-pressed')) === 'true';
      await session.press(isUnsafe ? '1' : '2');
      await session.said(/saved/);
    }
    await session.press('v');
    await session.said(new RegExp(`Checked ${pair} of 5`));
  }
  await page.getByText(/Label error rate 20\.0 % \(.*n 5\)/).waitFor();
}

/** A second reviewer says otherwise about a pair, and the difference is settled. */
async function conflict(session: ReviewSession): Promise<void> {
  const { page } = session;
  await session.press('Control+,');
  await session.hand.fill(page.getByLabel('Reviewer name'), 'Grace');
  await session.hand.activate(page.getByRole('navigation').getByRole('link', { name: 'Projects' }));
  await session.openSample();
  await session.openPairs();
  assert.ok((await session.query('source:person -flagged:yes class:keptSafeSafe')) > 0);
  await session.at(1);
  await session.press('i');
  await session.said(/Other reviewers’ labels are hidden/);
  await page
    .getByRole('article')
    .getByText(/^Waiting: A and B have no verdict/)
    .waitFor();
  await session.press('2');
  // What the labels as a whole make of the pair would tell what the other reviewer said.
  await session.said(/saved: Waiting/);
  await session.press('i');
  await session.said(/Other reviewers’ labels are shown/);
  await session.press('Alt+3');
  const tab = page.getByRole('tab', { name: 'Audits' });
  await until('the tabs have the focus', async () => {
    await session.press('Tab');
    return tab.evaluate((element) => element.ownerDocument.activeElement === element);
  });
  await session.press('ArrowRight', 'ArrowRight');
  const row = page.getByRole('row').filter({ hasText: 'Grace' });
  await row.first().waitFor();
  await session.hand.activate(row.first().getByRole('button', { name: 'unsafe' }));
  await page.getByText(/settled: unsafe/).waitFor();
  await page.getByText('No open conflict.').waitFor();
}

/** Walks the session on the sample project. */
export async function reviewByKeyboard(app: OpenApp): Promise<string> {
  let session = new ReviewSession(app.page);
  await session.hand.activate(
    app.page.getByRole('main').getByRole('button', { name: 'Open the sample project' }).first(),
  );
  await app.page.getByRole('navigation').getByText('Review').first().waitFor();
  await session.openPairs();
  const total = await session.shown();
  await announced(session, total);
  await session.bulk('Remove the verdict');
  assert.equal(await session.query('class:waiting'), total, 'without verdicts every pair waits');
  await labelPairs(session);

  await session.press('z', 'z');
  await session.at(labelledPairs);
  session = new ReviewSession(await app.reopen());
  await session.openSample();
  await session.openPairs();
  await session.press('z');
  await session.said(/Pair \d+ undone/);
  await session.press('Shift+Z', 'Shift+Z', 'Shift+Z', 'Shift+Z');
  await session.said(/Nothing to redo/);
  assert.equal(
    await session.query('class:waiting'),
    total - labelledPairs,
    'undo and redo over a restart leave all labels there',
  );

  const flagged = await session.query('flagged:yes');
  const dropped = await session.query('class:dropped -flagged:yes');
  assert.equal(await session.bulk('Flag'), dropped);
  await session.press('z');
  await session.said(new RegExp(`${dropped} pairs undone`));
  assert.equal(await session.query('flagged:yes'), flagged, 'one undo takes the whole bulk change back');

  await session.query('-flagged:yes class:keptSafeSafe');
  await session.at(1);
  if (!(await session.page.getByRole('article').getByText('A over B').isVisible())) await session.press('q');
  await changeWithReason(session);

  const found = await session.query('lantern*');
  assert.ok(found > 0 && found <= total, `the search found ${found} of ${total}`);
  await audit(session);
  await conflict(session);
  return `${labelledPairs} of ${total} pairs labelled by keyboard`;
}
