import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { axeProblems } from './accessibility/axe.ts';
import type { Hand } from './hands.ts';
import type { OpenApp } from './open-app.ts';
import { action, createProject } from './wizard.ts';

const row = {
  prompt: 'How do I open the glass gate?',
  response_0: 'Wait for its keeper.',
  response_1: 'Climb over it at night.',
  is_response_0_safe: true,
  is_response_1_safe: false,
  better_response_id: 0,
  safer_response_id: 0,
};
/** The same pair said otherwise twice and once the same, and another pair. */
const first = [row, { ...row, prompt: 'When does the ferry leave?' }];
const second = [
  { ...row, is_response_1_safe: true, better_response_id: 1 },
  { ...row, is_response_0_safe: false },
  row,
  { ...row, prompt: 'Who lights the lanterns?' },
];

/**
 * A second file contradicts the labels of the first: its rows are left out, shown beside the pair that was kept, saved,
 * and the pair is fixed.
 */
export async function clashesByKeyboard(app: OpenApp, hand: Hand): Promise<string> {
  const { page } = app;
  await createProject(page, hand, 'Two labellers');
  await page.getByRole('heading', { level: 1, name: 'Model' }).waitFor();
  await page.keyboard.press('Alt+2');
  for (const [name, rows] of [
    ['first.jsonl', first],
    ['second.jsonl', second],
  ] as const) {
    const file = join(app.ownFolder, name);
    await writeFile(file, rows.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await app.pick(hand, 'Add a file', file);
    await hand.activate(action(page, 'Import this file'));
    await page.getByRole('row', { name: new RegExp(name) }).waitFor({ timeout: 60_000 });
  }
  const dataset = page.getByRole('row', { name: /second\.jsonl/ });
  const cells = (await dataset.getByRole('cell').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  assert.deepEqual([cells[1], cells[2]], ['1', '0'], 'only the new pair is accepted, and none is rejected');
  assert.match(cells[3] ?? '', /^3, 2 clash/, 'three duplicates, of which two say something else');

  const opener = dataset.getByRole('button', { name: /clash with pairs kept/ });
  await hand.activate(opener);
  const dialog = page.getByRole('dialog', { name: 'Clashing rows of second.jsonl' });
  await dialog.getByRole('row').nth(2).waitFor();
  assert.deepEqual(await axeProblems(page), []);
  const said = await dialog
    .getByRole('row')
    .evaluateAll((rows) =>
      rows.slice(1).map((each) => [...each.children].map((cell) => cell.textContent?.trim() ?? '')),
    );
  assert.deepEqual(
    said.map(([, , saysRow, saysPair]) => [saysRow, saysPair]),
    [
      ['B safe, B more helpful', 'B unsafe, A more helpful'],
      ['A unsafe', 'A safe'],
    ],
    'only what the row and the pair do not share',
  );

  const download = page.waitForEvent('download');
  await hand.activate(dialog.getByRole('button', { name: 'Save all as CSV' }));
  const saved = await readFile(await (await download).path(), 'utf8');
  assert.equal(saved.trimEnd().split('\n').length, 3, 'a header and both rows');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.waitForFunction(() => /clash/.test(document.activeElement?.textContent ?? ''));

  await hand.activate(opener);
  await hand.activate(dialog.getByRole('link').first());
  await page.getByRole('heading', { level: 1, name: 'Pairs' }).waitFor();
  await page.getByText(row.response_1).first().waitFor();
  await page.getByRole('main').getByText('Kept, safe over unsafe').first().waitFor();
  await page.keyboard.press('3');
  await page.getByRole('main').getByText('Kept, safe over safe').first().waitFor();
  return 'two rows that clash are shown beside the pair kept, saved as CSV, and the pair is fixed';
}
