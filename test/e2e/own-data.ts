import assert from 'node:assert/strict';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { safedpo } from '../integration/cli-harness.ts';
import type { Hand } from './hands.ts';
import { sharedData, type OpenApp } from './open-app.ts';
import { action, createProject, evaluate, exportModel } from './wizard.ts';

/**
 * A person's own model and data through every screen: stories260K and all 4,421 PKU-SafeRLHF pairs, in columns that no
 * format knows whole. What the screens say is held against the command line and the run folder.
 */

const projectName = 'Stories, safer';
const maxLength = 192;
const epochs = 0.2;
const batchSize = 4;

const sourceRow = z.object({ prompt: z.string(), response: z.tuple([z.string(), z.string()]) });

/** Counts and shares as the screens write them. */
const formatCount = (count: number): string => count.toLocaleString('en');
const formatShare = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Rows that an import must refuse, each for its own reason. */
const brokenRows = [
  {
    prompt: 'Which answer is missing?',
    response_a: 'This one is there.',
    response_b: '',
    unsafe_a: false,
    unsafe_b: true,
    better: 'a',
  },
  {
    prompt: 'What differs?',
    response_a: 'Nothing.',
    response_b: 'Nothing.',
    unsafe_a: false,
    unsafe_b: true,
    better: 'a',
  },
  { prompt: 'Is this safe?', response_a: 'Yes.', response_b: 'No.', unsafe_a: 'perhaps', unsafe_b: true, better: 'a' },
];

/** Writes the pairs as JSON Lines. Nothing but a person can say what `better` means. */
async function writePairs(file: string): Promise<number> {
  const rows = z
    .array(sourceRow)
    .parse(
      JSON.parse(gunzipSync(await readFile(join(sharedData, 'datasets/pku-saferlhf-dpo-pairs.json.gz'))).toString()),
    );
  const lines = rows.map(({ prompt, response: [safe, unsafe] }) => ({
    prompt,
    response_a: safe,
    response_b: unsafe,
    unsafe_a: false,
    unsafe_b: true,
    better: 'a',
  }));
  await writeFile(file, [...lines, ...brokenRows].map((line) => `${JSON.stringify(line)}\n`).join(''));
  return rows.length;
}

/** What `safedpo pairs` says of the project. */
const pairsDocument = z.object({
  pairs: z.object({ total: z.int(), keptSafeUnsafe: z.int(), waiting: z.int() }),
  tokens: z.object({ median: z.int(), p95: z.int(), max: z.int() }),
  truncated: z.int(),
});
const pairsAt = async (library: string, length: number): Promise<z.infer<typeof pairsDocument>> =>
  pairsDocument.parse(
    (await safedpo(library, 'pairs', '--project', projectName, '--max-length', String(length), '--json')).document(),
  );

async function importPairs(app: OpenApp, hand: Hand): Promise<z.infer<typeof pairsDocument>> {
  const { page } = app;
  const file = join(app.ownFolder, 'answers.jsonl');
  const written = await writePairs(file);
  await app.pick(hand, 'Add a file', file);
  const mapping = page.getByRole('region', { name: 'Mapping of the file' });
  const firstRow = page.getByRole('region', { name: 'First rows as they would be read' }).getByRole('row').nth(1);
  await firstRow.getByRole('cell', { name: /^unknown/ }).waitFor();
  await hand.select(mapping.getByLabel('preferred', { exact: false }).first(), 'better');
  await firstRow.getByRole('cell', { name: /^[AB]\b/ }).waitFor();
  await hand.activate(action(page, 'Import this file'));

  const dataset = page.getByRole('row', { name: /answers\.jsonl/ });
  await dataset.waitFor({ timeout: 120_000 });
  const known = await pairsAt(app.libraryFolder, maxLength);
  const cells = (await dataset.getByRole('cell').allTextContents()).map((text) => text.trim());
  assert.deepEqual(
    [cells[1], cells[3]],
    [formatCount(known.pairs.total), formatCount(written - known.pairs.total)],
    'accepted rows and duplicates are all rows of the file that are not broken',
  );
  assert.match(cells[2] ?? '', new RegExp(`^${brokenRows.length}\\b`), 'the broken rows are those left out');
  const sentence = await page.getByText(/^[\d,]+ pairs: [\d,]+ to train on/).innerText();
  const [total, ...parts] = [...sentence.replaceAll(',', '').matchAll(/\d+/g)].map(([number]) => Number(number));
  assert.equal(total, known.pairs.total, 'the page counts what the command line counts');
  assert.equal(
    parts.reduce((sum, part) => sum + part, 0),
    total,
    `the parts add up: ${sentence}`,
  );

  await hand.activate(dataset.getByRole('button', { name: /rows left out/ }));
  const rejected = page.getByRole('dialog', { name: /Skipped rows/ });
  for (const code of ['empty-response', 'identical-responses', 'unknown-verdict'])
    await rejected.getByRole('link', { name: code }).waitFor();
  await hand.activate(rejected.getByRole('button', { name: 'Close' }).last());
  return known;
}

/**
 * On Settings: a preset, own values, the truncation table at two lengths, the memory plan, a time from real steps.
 * Gives the steps announced.
 */
async function chooseSettings({ page, libraryFolder }: OpenApp, hand: Hand): Promise<number> {
  await hand.choose(page.getByRole('radio', { name: 'Quick look' }));
  for (const [label, value] of [
    ['Epochs', epochs],
    ['Batch size', batchSize],
    ['Longest pair', maxLength],
  ] as const)
    await hand.fill(page.getByRole('spinbutton', { name: label }), String(value));
  for (const length of [maxLength, 512]) {
    const { truncated, pairs, tokens } = await pairsAt(libraryFolder, length);
    const row = page.getByRole('row', { name: new RegExp(`^${length}\\b`) });
    await row.getByRole('cell', { name: formatShare(truncated / pairs.keptSafeUnsafe), exact: true }).waitFor();
    await page
      .getByText(
        `${formatCount(pairs.keptSafeUnsafe)} pairs: median ${formatCount(tokens.median)} tokens, 95 % ` +
          `within ${formatCount(tokens.p95)}, longest ${formatCount(tokens.max)}.`,
      )
      .waitFor();
  }
  const needs = page.getByRole('region', { name: 'What this run needs' });
  await needs.getByText(/^\d[\d.,]* MiB of .* GiB$/).waitFor();
  await hand.activate(needs.getByRole('button', { name: 'Measure the time' }));
  await needs.getByText(/s per step, .* tokens\/s/).waitFor({ timeout: 120_000 });
  return Number((await needs.locator('dt', { hasText: 'Steps' }).locator('+ dd').innerText()).replaceAll(',', ''));
}

const stepLine = z.looseObject({ event: z.literal('step'), step: z.int(), loss: z.number() });

/** The steps in the run folder; the library holds one run. */
async function stepsInFolder(libraryFolder: string): Promise<z.infer<typeof stepLine>[]> {
  for await (const file of glob('runs/*/metrics.jsonl', { cwd: libraryFolder })) {
    const lines = (await readFile(join(libraryFolder, file), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    return lines.flatMap((line) => stepLine.safeParse(line).data ?? []);
  }
  return [];
}

/** What the progress bar's label says. */
async function stepShown(page: Page): Promise<number> {
  const label = await page.getByRole('main').getByRole('progressbar').first().getAttribute('aria-label');
  return Number(/^Step ([\d,]+) of/.exec(label ?? '')?.[1]?.replaceAll(',', '') ?? Number.NaN);
}

const lossChart = (page: Page, points: number | string) =>
  page.getByRole('img', { name: new RegExp(`^Loss\\. all from .* over ${points} points`) });

/**
 * Starts the run, watches it, pauses it, goes on, stops it, goes on to its end; charts and folder must agree at each
 * rest.
 */
async function trainWithRests({ page, libraryFolder }: OpenApp, hand: Hand, steps: number): Promise<void> {
  await hand.activate(action(page, 'Start training'));
  await lossChart(page, '\\d+').waitFor({ timeout: 600_000 });
  await hand.activate(action(page, 'Pause'));
  await page.getByText(/^Paused\./).waitFor();
  const paused = await stepsInFolder(libraryFolder);
  assert.equal(await stepShown(page), paused.length);
  await lossChart(page, paused.length).waitFor();

  await hand.activate(action(page, 'Resume'));
  await page.getByRole('img', { name: /^Gradient norm/ }).waitFor();
  await lossChart(page, `(?!${paused.length} )\\d+`).waitFor();
  await hand.activate(action(page, 'Stop'));
  await page.getByText(/^Stopped\./).waitFor();
  const stopped = await stepsInFolder(libraryFolder);
  assert.ok(
    stopped.length > paused.length && stopped.length < steps,
    `stopped mid-run: ${stopped.length} of ${steps} steps`,
  );
  assert.equal(await stepShown(page), stopped.length);

  await hand.activate(action(page, 'Resume'));
  await page.getByText(/^Done\./).waitFor({ timeout: 600_000 });
  const done = await stepsInFolder(libraryFolder);
  assert.deepEqual(
    done.map(({ step }) => step),
    Array.from({ length: steps }, (_, index) => index + 1),
    'the steps announced in Settings, each once',
  );
  assert.deepEqual(done.slice(0, stopped.length), stopped, 'what was measured before the stop stays');
  await lossChart(page, steps).waitFor();
  await hand.activate(page.getByRole('button', { name: 'Loss as a table' }));
  const shown = await page
    .getByRole('region', { name: 'Loss, table' })
    .getByRole('row')
    .evaluateAll((rows) =>
      rows.slice(1).map((row) => [...row.children].slice(0, 2).map((cell) => Number(cell.textContent))),
    );
  assert.deepEqual(
    shown,
    done.toReversed().map(({ step, loss }) => [step, Number(loss.toPrecision(4))]),
    'the table of the chart is the run folder',
  );
}

/** From a new library to an export that passed its self-test, by one hand. */
export async function ownDataToExport(app: OpenApp, hand: Hand): Promise<string> {
  const { page, libraryFolder } = app;
  await createProject(page, hand, projectName);
  await app.pick(hand, 'Choose a model folder', join(sharedData, 'models/stories260K-hf'));
  await page.getByText('This model can be trained here.').waitFor();
  await hand.activate(action(page, 'Data'));
  const { pairs } = await importPairs(app, hand);
  await hand.activate(action(page, 'Review'));
  const all = formatCount(pairs.total);
  await page.getByText(new RegExp(`^${all} pairs: [\\d,]+ to train on(, [\\d,]+ held out)?\\.$`)).waitFor();
  await hand.activate(action(page, 'Settings'));
  const steps = await chooseSettings(app, hand);
  await trainWithRests(app, hand, steps);
  await evaluate(page, hand, 8);
  const sentence = await exportModel(page, hand);
  for await (const folder of glob('exports/*', { cwd: libraryFolder }))
    assert.equal(
      (await safedpo(libraryFolder, 'verify', join(libraryFolder, folder))).code,
      0,
      'the certificate holds',
    );
  return `${formatCount(pairs.total)} pairs, ${steps} steps. ${sentence}`;
}
