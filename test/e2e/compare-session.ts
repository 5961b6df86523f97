import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Hand } from './hands.ts';
import { action } from './wizard.ts';

/**
 * Two runs begun within a minute, given one name, and compared; then a screen that cannot be drawn, and the way on from
 * there.
 */
export async function compareEqualNames(page: Page, hand: Hand): Promise<string> {
  await hand.activate(page.getByRole('main').getByRole('button', { name: 'Open the sample project' }).first());
  await page.getByRole('navigation').getByText('Review').first().waitFor();
  for (let started = 0; started < 2; started += 1) await trainAShortRun(page, hand);
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  const rows = page.getByRole('rowheader');
  // The page before it has row headers, too.
  await rows.locator('b').nth(1).waitFor();
  const names = await rows.locator('b').allTextContents();
  assert.equal(new Set(names).size, 2, `runs are named apart from the start: ${names.join(' | ')}`);

  await hand.activate(page.getByRole('button', { name: `Rename “${names[0]}”`, exact: true }));
  await hand.fill(page.getByRole('dialog').getByLabel('Name'), names[1] ?? '');
  await hand.activate(page.getByRole('dialog').getByRole('button', { name: 'Rename' }));
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  for (const place of [0, 1])
    await page
      .getByRole('checkbox', { name: /^Compare / })
      .nth(place)
      .check();
  await hand.activate(action(page, 'Compare'));
  await page.getByRole('figure').filter({ hasText: 'Reward margins' }).getByText(`${names[1]} (2 of 2)`).waitFor();

  const nothing = JSON.stringify({ value: { runs: [] } });
  await page.route('**/api/runs.compare', (route) => route.fulfill({ contentType: 'application/json', body: nothing }));
  await page.reload();
  await page.getByText('The app could not show this because of a bug.').waitFor();
  assert.doesNotMatch(await page.getByRole('main').innerText(), /https?:/, 'no address of a library is shown');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await rows.nth(1).waitFor();
  return `“${names[1]}” twice is compared; another screen is shown after one that broke`;
}

async function trainAShortRun(page: Page, hand: Hand): Promise<void> {
  await page.keyboard.press('Alt+4');
  await hand.fill(page.getByRole('spinbutton', { name: 'Epochs' }), '0.05');
  await hand.activate(action(page, 'Start training'));
  await page.getByText(/^Done\./).waitFor({ timeout: 120_000 });
}
