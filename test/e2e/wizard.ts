import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { Hand } from './hands.ts';

/** The wizard as a person walks it, with either hand. Each function leaves the page at the next step. */

/** The button of that name in the main area. */
export const action = (page: Page, name: string): Locator => page.getByRole('main').getByRole('button', { name, exact: true });

/** Makes a project: ends on its Model step. */
export async function createProject(page: Page, hand: Hand, name: string): Promise<void> {
  await hand.activate(page.getByRole('main').getByRole('button', { name: 'New project' }).first());
  await hand.fill(page.getByRole('dialog').getByLabel('Name'), name);
  await hand.activate(page.getByRole('dialog').getByRole('button', { name: 'Create project' }));
}

/** From Review over Settings to a finished run: ends on the Train step with the run done. */
export async function train(page: Page, hand: Hand, preset: string): Promise<void> {
  await hand.activate(action(page, 'Settings'));
  await hand.choose(page.getByRole('radio', { name: preset }));
  await hand.activate(action(page, 'Start training'));
  await page.getByText(/^Done\./).waitFor({ timeout: 300_000 });
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
  await page.getByText('The last evaluation was stopped, and nothing of it was kept.').waitFor();
  await table.waitFor();
}

/** Exports as safetensors; returns the sentence of the self-test, which must have passed. */
export async function exportModel(page: Page, hand: Hand): Promise<string> {
  await hand.activate(action(page, 'Export'));
  await page.getByRole('heading', { level: 1, name: 'Export' }).waitFor();
  await hand.activate(action(page, 'Export'));
  const sentence = page.getByText(/^Self-test (passed|failed)/);
  await sentence.first().waitFor({ timeout: 300_000 });
  const text = (await sentence.first().textContent()) ?? '';
  assert.match(text, /^Self-test passed/);
  return text;
}
