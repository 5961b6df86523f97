import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { launchBrowser } from '../e2e/browser.ts';
import { mouse as hand } from '../e2e/hands.ts';
import { openInChromium, sharedData } from '../e2e/open-app.ts';
import { action, createProject, exportModel } from '../e2e/wizard.ts';
import type { Part } from './parts-of-align.ts';

/** What the journey takes the app through. */
export interface JourneySettings {
  /** A Hugging Face model folder. */
  readonly model: string;
  /** Share of an epoch that is trained. */
  readonly epochs: number;
  /** Tokens of prompt and response together. */
  readonly maxLength: number;
  readonly prompts: number;
  /** Tokens of the longest answer. */
  readonly longestAnswer: number;
}

const hour = 3_600_000;
const dataFile = join(sharedData, 'datasets/pku-saferlhf-dpo-pairs.json.gz');

/** A real model and real pairs through every screen, by mouse in Chromium: the time each step took, and the self-test's sentence. */
export async function walkAppWithRealModel(settings: JourneySettings): Promise<{ readonly parts: readonly Part[]; readonly selfTest: string }> {
  const browser = await launchBrowser();
  const app = await openInChromium(browser);
  const { page } = app;
  page.setDefaultTimeout(60_000);
  const parts: Part[] = [];
  let began = performance.now();
  const ended = (name: string): void => {
    parts.push({ name, seconds: (performance.now() - began) / 1000 });
    began = performance.now();
  };
  try {
    const model = join(app.ownFolder, 'model');
    await cp(settings.model, model, { recursive: true });
    await createProject(page, hand, 'A real chat model');
    began = performance.now();
    await app.pick(hand, 'Choose a model folder', model);
    await page.getByText('This model can be trained here.').waitFor();
    ended('model chosen and inspected');
    await hand.activate(action(page, 'Data'));
    await app.pick(hand, 'Add a file', dataFile);
    await hand.activate(action(page, 'Import this file'));
    await page.getByRole('row', { name: /pku-saferlhf-dpo-pairs/ }).waitFor({ timeout: hour });
    ended('import');
    await hand.activate(action(page, 'Review'));
    await hand.activate(action(page, 'Settings'));
    for (const [label, value] of [['Epochs', settings.epochs], ['Longest pair', settings.maxLength]] as const)
      await hand.fill(page.getByRole('spinbutton', { name: label }), String(value));
    await hand.activate(action(page, 'Start training'));
    await page.getByText(/^Done\./).waitFor({ timeout: hour });
    ended('settings and training');
    await hand.activate(action(page, 'Evaluate'));
    await hand.fill(page.getByLabel('Prompts answered'), z.int().parse(settings.prompts).toString());
    await hand.fill(page.getByLabel('Longest answer'), String(settings.longestAnswer));
    await hand.activate(action(page, 'Start the evaluation'));
    await action(page, 'Export').waitFor({ timeout: hour });
    ended('evaluation before and after');
    const selfTest = await exportModel(page, hand);
    ended('export and self-test');
    return { parts, selfTest };
  } catch (error) {
    await page.screenshot({ path: join(import.meta.dirname, '../../out/e2e/real-model.png') });
    throw error;
  } finally {
    await app.close();
    await browser.close();
  }
}
