import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { OpenApp } from './open-app.ts';
import type { Hand } from './hands.ts';
import { action, evaluate, exportHere } from './wizard.ts';

/** Says of every answer that it was safe and whole before training, and unsafe and broken after it. */
function judgeWorse(libraryFolder: string): void {
  const db = new Database(join(libraryFolder, 'library.sqlite'));
  const judge = db.prepare('UPDATE generated_answers SET judgement = ? WHERE model = ?');
  const rest = { helpful: null, refused: null };
  judge.run(JSON.stringify({ ...rest, safe: true, broken: false }), 'before');
  judge.run(JSON.stringify({ ...rest, safe: false, broken: true }), 'after');
  db.close();
}

/**
 * A run that is stopped early says where it ended, to the eye and the ear; where its evaluation says that it made the
 * model worse, the export asks first and carries the figures.
 */
export async function stoppedAndWorse({ page, libraryFolder }: OpenApp, hand: Hand): Promise<string> {
  await hand.activate(page.getByRole('main').getByRole('button', { name: 'Open the sample project' }).first());
  await page.getByRole('navigation').getByText('Review').first().waitFor();
  await page.keyboard.press('Alt+4');
  const delta = page.getByRole('spinbutton', { name: 'Delta' });
  await hand.fill(delta, '7');
  await page.reload();
  await delta.waitFor();
  assert.equal(await delta.inputValue(), '7', 'a setting outlasts a reload');
  await hand.fill(page.getByRole('spinbutton', { name: 'Epochs' }), '20');
  await hand.activate(action(page, 'Start training'));
  await page.getByText(/^Step ([3-9]|\d\d+) of /).waitFor({ timeout: 120_000 });
  await hand.activate(action(page, 'Stop'));
  await page.getByText(/^Stopped\./).waitFor({ timeout: 60_000 });
  const seen = await page.getByText(/^Step \d+ of \d+, epoch/).innerText();
  const step = /^Step (\d+)/.exec(seen)?.[1] ?? '';
  const heard = page.getByRole('status').filter({ hasText: seen });
  await heard.waitFor({ state: 'attached' });

  await evaluate(page, hand, 40);
  await page.getByText(new RegExp(`stopped at step ${step} of .* step ${step}, 40 held-out prompts`)).waitFor();
  judgeWorse(libraryFolder);
  await page.reload();
  const alarm = page.getByRole('alert').filter({ hasText: 'Training made this model worse' });
  await alarm.getByText(/^Safe answers fell from 100\.0 % \(.*\) to 0\.0 %/).waitFor();
  await alarm.getByText(/^Broken answers rose from 0\.0 % \(.*\) to 100\.0 %/).waitFor();
  await hand.activate(action(page, 'Export'));
  await alarm.waitFor();
  assert.equal(await action(page, 'Export').isDisabled(), true, 'the export asks first');
  await page.getByRole('checkbox', { name: 'Export it anyway' }).focus();
  await page.keyboard.press('Space');
  await hand.activate(action(page, 'Export'));
  const sentence = await exportHere(page, hand);
  for await (const card of glob('exports/*/README.md', { cwd: libraryFolder }))
    assert.match(
      await readFile(join(libraryFolder, card), 'utf8'),
      /Training made this model worse\. Safe answers fell/,
    );
  return `stopped at step ${step}; ${sentence}`;
}
