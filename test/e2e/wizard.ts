import type { Page } from 'playwright-core';

/** The wizard as a person walks it, by mouse. Each function leaves the page at the next step. */

const primary = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true });

/** Picks a file or folder in the picker of the serve host: `parts` is the way down. */
async function pick(page: Page, opener: string, parts: readonly string[], confirm: boolean): Promise<void> {
  await primary(page, opener).click();
  const dialog = page.getByRole('dialog', { name: opener });
  for (const part of parts) await dialog.locator('li').getByRole('button', { name: part }).first().click();
  if (confirm) await dialog.getByRole('button', { name: 'Choose this folder' }).click();
}

export interface OwnProject {
  readonly name: string;
  /** Names on the way down in the picker, the folder that the host may read first. */
  readonly model: readonly string[];
  readonly data: readonly string[];
}

/** New project, model folder, data file: ends on the Review step. */
export async function importOwnProject(page: Page, project: OwnProject): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: 'New project' }).first().click();
  await page.getByRole('dialog').getByLabel('Name').fill(project.name);
  await page.getByRole('dialog').getByRole('button', { name: 'Create project' }).click();
  await pick(page, 'Choose a model folder', project.model, true);
  await page.getByText('This model can be trained here.').waitFor();
  await primary(page, 'Data').click();
  await pick(page, 'Add a file', project.data, false);
  await primary(page, 'Import this file').click();
  await primary(page, 'Review').click({ timeout: 120_000 });
}

/** From Review over Settings to a finished run: ends on the Train step with the run done. */
export async function train(page: Page, preset: string): Promise<void> {
  await primary(page, 'Settings').click();
  await page.getByRole('radio', { name: preset }).check();
  await primary(page, 'Start training').click();
  await page.getByText(/^Done\./).waitFor({ timeout: 300_000 });
}

/** Evaluates with a few prompts: ends on the Evaluate step with its table. */
export async function evaluate(page: Page, prompts: number): Promise<void> {
  await primary(page, 'Evaluate').click();
  await page.getByLabel('Prompts answered').fill(String(prompts));
  await page.getByLabel('Longest answer').fill('24');
  await primary(page, 'Start the evaluation').click();
  await primary(page, 'Export').waitFor({ timeout: 300_000 });
}

/** Exports as safetensors; returns the sentence of the self-test. */
export async function exportModel(page: Page): Promise<string> {
  await primary(page, 'Export').click();
  await page.getByRole('heading', { level: 1, name: 'Export' }).waitFor();
  await primary(page, 'Export').click();
  const sentence = page.getByText(/^Self-test (passed|failed)/);
  await sentence.first().waitFor({ timeout: 300_000 });
  return (await sentence.first().textContent()) ?? '';
}
