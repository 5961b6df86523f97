import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { launchBrowser } from '../e2e/browser.ts';
import { mouse as hand } from '../e2e/hands.ts';
import { openInChromium } from '../e2e/open-app.ts';
import { action, createProject, exportModel } from '../e2e/wizard.ts';
import type { RealFiles } from './align-case.ts';
import type { Part } from './parts-of-align.ts';

const hour = 3_600_000;
/**
 * A share of an epoch that comes to about 480 of the pairs; tokens of prompt and response; prompts; tokens of an
 * answer.
 */
const [epochs, maxLength, prompts, longestAnswer] = [0.178, 320, 100, 48];

/**
 * A real model and real pairs through every screen, by mouse in Chromium; gives the time each step took as Markdown.
 */
export async function appCase({ model: given, data, prompts: promptFile }: RealFiles): Promise<string> {
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
    const [dataFile, prompted] = [join(app.ownFolder, basename(data)), join(app.ownFolder, basename(promptFile))];
    await Promise.all([cp(data, dataFile), cp(promptFile, prompted)]);
    await cp(given, model, { recursive: true });
    await createProject(page, hand, 'A real chat model');
    began = performance.now();
    await app.pick(hand, 'Choose a model folder', model);
    await page.getByText('This model can be trained here.').waitFor();
    ended('model chosen and inspected');
    await hand.activate(action(page, 'Data'));
    await app.pick(hand, 'Add a file', dataFile);
    await hand.activate(action(page, 'Import this file'));
    await page.getByRole('row', { name: new RegExp(basename(data)) }).waitFor({ timeout: hour });
    ended('import');
    await hand.activate(action(page, 'Review'));
    await hand.activate(action(page, 'Settings'));
    for (const [label, value] of [
      ['Epochs', epochs],
      ['Longest pair', maxLength],
    ] as const)
      await hand.fill(page.getByRole('spinbutton', { name: label }), String(value));
    await hand.activate(action(page, 'Start training'));
    await page.getByText(/^Done\./).waitFor({ timeout: hour });
    ended('settings and training');
    await hand.activate(action(page, 'Evaluate'));
    await app.pick(hand, 'Choose a file of prompts', prompted);
    await hand.fill(page.getByLabel('Prompts answered'), String(prompts));
    await hand.fill(page.getByLabel('Longest answer'), String(longestAnswer));
    await hand.activate(action(page, 'Start the evaluation'));
    await action(page, 'Export').waitFor({ timeout: hour });
    ended('evaluation before and after');
    const selfTest = await exportModel(page, hand);
    ended('export and self-test');
    return [
      '### The app in Chromium',
      ['| step | seconds |', '|---|---|', ...parts.map((part) => `| ${part.name} | ${part.seconds.toFixed(1)} |`)].join(
        '\n',
      ),
      selfTest,
    ].join('\n\n');
  } catch (error) {
    await page.screenshot({ path: join(import.meta.dirname, '../../out/e2e/real-model.png') });
    throw error;
  } finally {
    await app.close();
    await browser.close();
  }
}
