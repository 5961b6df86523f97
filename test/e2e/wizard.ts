import type { Locator, Page } from 'playwright-core';
import type { Hand } from './hands.ts';

/** The wizard as a person walks it, with either hand. Each function leaves the page at the next step. */

const primary = (page: Page, name: string): Locator => page.getByRole('main').getByRole('button', { name, exact: true });

/** Picks a file or folder in the picker of the serve host: `parts` is the way down. */
async function pick(page: Page, hand: Hand, opener: string, parts: readonly string[], confirm: boolean): Promise<void> {
  await hand.activate(primary(page, opener));
  const dialog = page.getByRole('dialog', { name: opener });
  for (const part of parts) await hand.activate(dialog.locator('li').getByRole('button', { name: part }).first());
  if (confirm) await hand.activate(dialog.getByRole('button', { name: 'Choose this folder' }));
}

export interface OwnProject {
  readonly name: string;
  /** Names on the way down in the picker, the folder that the host may read first. */
  readonly model: readonly string[];
  readonly data: readonly string[];
}

/** New project, model folder, data file: ends on the Review step. */
export async function importOwnProject(page: Page, hand: Hand, project: OwnProject): Promise<void> {
  await hand.activate(page.getByRole('main').getByRole('button', { name: 'New project' }).first());
  await hand.fill(page.getByRole('dialog').getByLabel('Name'), project.name);
  await hand.activate(page.getByRole('dialog').getByRole('button', { name: 'Create project' }));
  await pick(page, hand, 'Choose a model folder', project.model, true);
  await page.getByText('This model can be trained here.').waitFor();
  await hand.activate(primary(page, 'Data'));
  await pick(page, hand, 'Add a file', project.data, false);
  await hand.activate(primary(page, 'Import this file'));
  await hand.activate(primary(page, 'Review'), 120_000);
}

/** From Review over Settings to a finished run: ends on the Train step with the run done. */
export async function train(page: Page, hand: Hand, preset: string): Promise<void> {
  await hand.activate(primary(page, 'Settings'));
  await hand.choose(page.getByRole('radio', { name: preset }));
  await hand.activate(primary(page, 'Start training'));
  await page.getByText(/^Done\./).waitFor({ timeout: 300_000 });
}

/** Evaluates with a few prompts: ends on the Evaluate step with its table. */
export async function evaluate(page: Page, hand: Hand, prompts: number): Promise<void> {
  await hand.activate(primary(page, 'Evaluate'));
  await hand.fill(page.getByLabel('Prompts answered'), String(prompts));
  await hand.fill(page.getByLabel('Longest answer'), '24');
  await hand.activate(primary(page, 'Start the evaluation'));
  await primary(page, 'Export').waitFor({ timeout: 300_000 });
}

/** Exports as safetensors; returns the sentence of the self-test. */
export async function exportModel(page: Page, hand: Hand): Promise<string> {
  await hand.activate(primary(page, 'Export'));
  await page.getByRole('heading', { level: 1, name: 'Export' }).waitFor();
  await hand.activate(primary(page, 'Export'));
  const sentence = page.getByText(/^Self-test (passed|failed)/);
  await sentence.first().waitFor({ timeout: 300_000 });
  return (await sentence.first().textContent()) ?? '';
}
