import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safedpo } from '../integration/cli-harness.ts';
import { axeProblems } from './accessibility/axe.ts';
import type { Hand } from './hands.ts';
import type { OpenApp } from './open-app.ts';
import { action, createProject } from './wizard.ts';

const header = 'nr,frage,antwort eins,antwort zwei,besser,ok1,ok2\n';
const question = (index: number, second: string): string =>
  `${index},Wie geht das ${index}?,So geht es.,${second},${1 + (index % 3)},${index % 2 === 0 ? 'nein' : 'ja'},ja\n`;
const columns = {
  prompt: 'frage',
  responseA: 'antwort eins',
  responseB: 'antwort zwei',
  preferred: 'besser',
  unsafeA: 'ok1',
  unsafeB: 'ok2',
};
const meanings = [
  ['preferred', '1', 'A'],
  ['preferred', '2', 'B'],
  ['preferred', '3', 'tie'],
  ['unsafeA', 'ja', 'safe'],
  ['unsafeA', 'nein', 'unsafe'],
  ['unsafeB', 'ja', 'safe'],
] as const;

/**
 * A file of a person's own: its columns are shown as they stand, mapped, and its values are given a meaning. An import
 * in which no row can be read keeps all of that and names the rows; a prompt in ChatML is taken apart.
 */
export async function ownMapping(app: OpenApp, hand: Hand): Promise<string> {
  const { page } = app;
  await createProject(page, hand, 'My own columns');
  await page.getByRole('heading', { level: 1, name: 'Model' }).waitFor();
  await page.keyboard.press('Alt+2');
  const mapping = page.getByRole('region', { name: 'Mapping of the file' });
  const importButton = action(page, 'Import this file');
  const list = (field: string) => mapping.locator(`select[id$="-${field}"]`);

  const empty = join(app.ownFolder, 'empty.csv');
  await writeFile(empty, header + Array.from({ length: 6 }, (_, index) => question(index, '')).join(''));
  await app.pick(hand, 'Add a file', empty);
  await mapping.getByRole('columnheader', { name: 'frage' }).waitFor();
  assert.equal(await mapping.getByText('undefined').count(), 0, 'rows of an unknown file stand as they are');
  for (const [field, column] of Object.entries(columns)) await hand.select(list(field), column);
  await mapping.getByText(/its numbers \(1, 2, 3\) do not say which response they mean/).waitFor();
  assert.ok(await importButton.isDisabled(), 'no import before the values have a meaning');
  for (const [field, value, meaning] of meanings) {
    const choice = mapping.getByLabel(`What ${value} means for ${field}`);
    await hand.select(choice, await choice.locator(`option[value="${meaning}"]`).innerText());
  }
  assert.deepEqual(await axeProblems(page), []);
  await hand.activate(importButton);
  const failure = page.getByRole('alert').filter({ hasText: 'Nothing was imported.' });
  await failure.getByText(/^Row 1 \(line 2\), antwort zwei: the response is empty/).waitFor();
  assert.doesNotMatch(await failure.innerText(), /\{"row"|--[a-z]/, 'rows are named in words');
  assert.equal(await list('unsafeB').inputValue(), columns.unsafeB, 'the mapping is kept');
  assert.equal(await mapping.getByLabel('What 3 means for preferred').inputValue(), 'tie', 'and so are the meanings');

  // The same file, fixed: it is picked again.
  await writeFile(empty, header + Array.from({ length: 6 }, (_, index) => question(index, 'Anders.')).join(''));
  await hand.activate(importButton);
  await page
    .getByRole('row', { name: /empty\.csv/ })
    .getByText('Columns not used: nr')
    .waitFor();

  const rendered = join(app.ownFolder, 'chatml.jsonl');
  await writeFile(
    rendered,
    JSON.stringify({
      prompt: '<|im_start|>user\nName a colour.<|im_end|>\n<|im_start|>assistant\n',
      chosen: 'Blue<|im_end|>\n',
      rejected: 'Seven<|im_end|>\n',
    }),
  );
  await app.pick(hand, 'Add a file', rendered);
  assert.ok(await importButton.isDisabled(), 'no import before the written-out template is decided on');
  await hand.choose(mapping.getByRole('radio', { name: /Split it into turns/ }));
  await mapping.getByRole('cell', { name: 'Name a colour.', exact: true }).waitFor();
  await hand.activate(importButton);
  await page.getByRole('row', { name: /chatml\.jsonl/ }).waitFor();

  const exported = (await safedpo(app.libraryFolder, 'pairs', '--project', 'My own columns', '--json')).document();
  assert.match(JSON.stringify(exported), /"total":7\b/);
  return 'own columns and values were mapped, a failed import kept them, and a prompt in ChatML was taken apart';
}
