import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { keyboardOf } from './hands.ts';

/**
 * A project named, renamed, thrown away and brought back, by keyboard alone: undo from the message, then from the
 * trash, then emptied for good.
 */
export async function trashByKeyboard(page: Page): Promise<string> {
  const hand = keyboardOf(page);
  const main = page.getByRole('main');
  const button = (name: string) => main.getByRole('button', { name, exact: true });
  const row = (name: string) => main.getByRole('rowheader', { name, exact: true });
  const message = page.getByRole('status', { name: 'Messages' });
  const undo = () => hand.activate(message.getByRole('button', { name: 'Undo' }).last());
  const goTo = async (key: string, title: string): Promise<void> => {
    await page.getByRole('main').focus();
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  };

  await page.getByRole('heading', { level: 1, name: 'Projects' }).waitFor();
  await page.keyboard.press('n');
  await hand.fill(page.getByRole('dialog').getByLabel('Name'), 'First');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Model' }).waitFor();

  await goTo('h', 'Projects');
  await hand.activate(button('Rename “First”'));
  await hand.fill(page.getByRole('dialog').getByLabel('Name'), 'Second');
  await page.keyboard.press('Enter');
  await row('Second').waitFor();
  await undo();
  await row('First').waitFor();

  await hand.activate(button('Move “First” to the trash'));
  await row('First').waitFor({ state: 'detached' });
  await undo();
  await row('First').waitFor();

  await hand.activate(button('Move “First” to the trash'));
  await row('First').waitFor({ state: 'detached' });
  await goTo('t', 'Trash');
  await hand.activate(main.getByRole('row', { name: /First/ }).getByRole('button', { name: 'Restore' }));
  await main.getByText('Nothing is in the trash.').waitFor();
  await goTo('h', 'Projects');
  await hand.activate(button('Move “First” to the trash'));
  await row('First').waitFor({ state: 'detached' });

  await goTo('t', 'Trash');
  await hand.activate(button('Empty the trash'));
  await hand.activate(page.getByRole('dialog').getByRole('button', { name: 'Cancel' }));
  assert.equal(await row('First').count(), 1, 'asking deletes nothing');
  await reopenAtOnce(button('Empty the trash'), page.getByRole('dialog').getByRole('button', { name: 'Cancel' }));
  await hand.activate(page.getByRole('dialog').getByRole('button', { name: 'Delete 1 item' }));
  await main.getByText('Nothing is in the trash.').waitFor();
  return 'renamed, thrown away and brought back three times, then deleted for good';
}

/** Opens a dialog, closes it and opens it again before the browser has told of the closing: it stays open. */
async function reopenAtOnce(open: Locator, close: Locator): Promise<void> {
  await open.click();
  const [opener, closer] = [await open.elementHandle(), await close.elementHandle()];
  assert.ok(opener !== null && closer !== null);
  const stays = await opener.evaluate(async (element, other) => {
    (other as HTMLElement).click();
    await Promise.resolve();
    (element as HTMLElement).click();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return element.ownerDocument.querySelector('dialog[open]') !== null;
  }, closer);
  assert.ok(stays, 'a dialog opened again at once stays open');
}
