import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { safedpo } from '../integration/cli-harness.ts';
import type { Hand } from './hands.ts';
import { action } from './wizard.ts';

const provider = z.object({
  name: z.string(),
  usable: z.boolean(),
  reason: z.string().nullable(),
  fix: z.string().nullable(),
});
const report = z.object({ providers: z.array(provider), notes: z.array(z.string()).min(1) });

/**
 * The doctor says what the command line says, each obstacle with its fix, and what it copies and saves can be passed
 * on.
 */
export async function doctorByKeyboard(page: Page, libraryFolder: string, hand: Hand): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('main').focus();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.getByText(/^Ready to train on/).waitFor({ timeout: 60_000 });

  const told = report.parse((await safedpo(libraryFolder, 'doctor', '--json')).document());
  for (const { name, usable, reason, fix } of told.providers) {
    const row = page.getByRole('row', { name: new RegExp(`^${name} (yes|no)`) });
    const text = (await row.innerText()).replace(/\s+/g, ' ').toLowerCase();
    assert.equal(text.includes(usable ? ' yes' : ' no'), true, text);
    for (const part of [reason, fix])
      if (!usable) assert.ok(part !== null && text.includes(part.toLowerCase()), `${name}: ${part}`);
  }
  for (const note of told.notes) await page.getByText(note).waitFor();

  await hand.activate(action(page, 'Copy all'));
  await page.getByText('The report is on the clipboard.').waitFor();
  const copied = report.parse(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())));
  assert.deepEqual(
    copied.providers.map(({ name, usable }) => [name, usable]),
    told.providers.map(({ name, usable }) => [name, usable]),
  );

  const download = page.waitForEvent('download');
  await hand.activate(action(page, 'Save diagnostics'));
  const saved = await readFile(await (await download).path(), 'utf8');
  for (const place of [libraryFolder, homedir()])
    assert.ok(place === '/' || !saved.includes(place), `the diagnostics hold ${place}`);
  return (
    `${told.providers.map(({ name, usable }) => `${name} ${usable ? 'usable' : 'not usable'}`).join(', ')}; ` +
    'the report was copied and saved'
  );
}
