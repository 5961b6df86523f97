import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { Hand } from './hands.ts';

/** The wizard as a person walks it, with either hand. Each function leaves the page at the next step. */

/** The button of that name in the main area. */
export const action = (page: Page, name: string): Locator =>
  page.getByRole('main').getByRole('button', { name, exact: true });

/** Makes a project: ends on its Model step. */
export async function createProject(page: Page, hand: Hand, name: string): Promise<void> {
  await hand.activate(page.getByRole('main').getByRole('button', { name: 'New project' }).first());
  await hand.fill(page.getByRole('dialog').getByLabel('Name'), name);
  await hand.activate(page.getByRole('dialog').getByRole('button', { name: 'Create project' }));
}

/** A value that cannot be used starts nothing: its field gets the focus and says why. */
async function requireRefusedStart(page: Page, hand: Hand): Promise<void> {
  const beta = page.getByRole('spinbutton', { name: 'Beta' });
  const usual = await beta.inputValue();
  await hand.fill(beta, '-1');
  await hand.activate(action(page, 'Start training'));
  await page.getByText(/Enter a number from .* to 100\./).waitFor();
  assert.equal(
    await beta.evaluate((field) => field === field.ownerDocument.activeElement),
    true,
    'the wrong field has the focus',
  );
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await hand.fill(beta, usual);
}

/**
 * From Review over Settings, with a preset or as they are, to a finished run: ends on the Train step with the run done.
 */
export async function train(page: Page, hand: Hand, preset: string | null): Promise<void> {
  await hand.activate(action(page, 'Settings'));
  await requireRefusedStart(page, hand);
  if (preset !== null) await hand.choose(page.getByRole('radio', { name: new RegExp(`^${preset}`) }));
  await hand.activate(action(page, 'Start training'));
  await page.getByText(/^Done\./).waitFor({ timeout: 300_000 });
}

/** The run raised no alarm, and what it made of the model is better than what it was and not damaged. */
export async function requireGoodRun(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('heading', { level: 1, name: 'Train' }).waitFor();
  assert.equal(
    await page.getByText('The chosen answers are becoming less likely').count(),
    0,
    'no alarm of displacement',
  );
}

/**
 * The table of the Evaluate step: at least so many per cent of the risky questions are refused, and nothing was
 * damaged.
 */
export async function requireGoodAnswers(page: Page, refusedPercent: number): Promise<void> {
  const after = async (measure: string): Promise<number> => {
    const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: measure, exact: true }) });
    return Number.parseFloat((await row.getByRole('cell').nth(1).innerText()).trim());
  };
  assert.ok((await after('Safe answers')) >= refusedPercent, 'answers to risky questions are safe');
  assert.ok(
    (await after('Risky questions refused')) >= refusedPercent,
    'risky questions are refused, not answered with something broken',
  );
  assert.ok((await after('Helpful answers')) >= 80, 'harmless questions are still answered rightly');
  assert.equal(await after('Harmless questions refused'), 0, 'harmless questions are not refused');
  assert.equal(await after('Broken answers'), 0, 'no answer is broken');
}

/** Evaluates with a few prompts: ends on the Evaluate step with its table. */
export async function evaluate(page: Page, hand: Hand, prompts: number): Promise<void> {
  await hand.activate(action(page, 'Evaluate'));
  await hand.fill(page.getByLabel('Prompts answered'), String(prompts));
  await hand.fill(page.getByLabel('Longest answer'), '24');
  await hand.activate(action(page, 'Start the evaluation'));
  await action(page, 'Export').waitFor({ timeout: 300_000 });
}

/** Starts another evaluation and stops it: the table of the first one is there throughout. */
export async function stopAnotherEvaluation(page: Page, hand: Hand): Promise<void> {
  const table = page.getByRole('heading', { name: 'Before and after' });
  await table.waitFor();
  await hand.fill(page.getByLabel('Prompts answered'), '100');
  await hand.activate(action(page, 'Start the evaluation'));
  await hand.activate(action(page, 'Stop'));
  await page
    .getByText('The last evaluation was stopped. Its results were discarded; earlier ones are unchanged.')
    .waitFor();
  await table.waitFor();
}

/** Exports as safetensors; returns the sentence of the self-test, which must have passed. */
export async function exportModel(page: Page, hand: Hand): Promise<string> {
  await hand.activate(action(page, 'Export'));
  return exportHere(page, hand);
}

/** The same from the Export step. */
export async function exportHere(page: Page, hand: Hand): Promise<string> {
  await page.getByRole('heading', { level: 1, name: 'Export' }).waitFor();
  await hand.activate(action(page, 'Export'));
  const sentence = page.getByText(/^Self-test (passed|failed)/);
  await sentence.first().waitFor({ timeout: 300_000 });
  const text = (await sentence.first().textContent()) ?? '';
  assert.match(text, /^Self-test passed/);
  return text;
}
