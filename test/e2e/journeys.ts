import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { clashesByKeyboard } from './clash-session.ts';
import { compareEqualNames } from './compare-session.ts';
import { doctorByKeyboard } from './doctor-session.ts';
import { keyboardOf, mouse, type Hand } from './hands.ts';
import { ownMapping } from './mapping-session.ts';
import { sharedData, type OpenApp } from './open-app.ts';
import { ownDataToExport } from './own-data.ts';
import { reviewByKeyboard } from './review-session.ts';
import { stoppedAndWorse } from './stopped-session.ts';
import { trashByKeyboard } from './trash-session.ts';
import { evaluate, exportModel, requireGoodAnswers, requireGoodRun, stopAnotherEvaluation, train } from './wizard.ts';

/** A way through the app; it starts on the first screen over a new library. */
export interface Journey {
  readonly name: string;
  readonly handOf: (page: Page) => Hand;
  /** Why it cannot be walked here, or null. */
  readonly skipped: () => string | null;
  /** Gives a sentence on what was shown. */
  readonly walk: (app: OpenApp, hand: Hand) => Promise<string>;
}

const hands: readonly Pick<Journey, 'name' | 'handOf'>[] = [
  { name: 'by-mouse', handOf: () => mouse },
  { name: 'by-keyboard', handOf: keyboardOf },
];

const sampleToExport =
  (preset: string | null, refusedPercent: number) =>
  async ({ page }: OpenApp, hand: Hand): Promise<string> => {
    await hand.activate(page.getByRole('main').getByRole('button', { name: 'Open the sample project' }).first());
    await page.getByRole('navigation').getByText('Review').first().waitFor();
    await page.keyboard.press('Alt+3');
    await train(page, hand, preset);
    await requireGoodRun(page);
    await evaluate(page, hand, 60);
    await requireGoodAnswers(page, refusedPercent);
    await stopAnotherEvaluation(page, hand);
    return exportModel(page, hand);
  };

/** Every journey, whatever shows the app: Chromium or Electron. */
export const journeys: readonly Journey[] = [
  { name: 'trash-by-keyboard', handOf: keyboardOf, skipped: () => null, walk: ({ page }) => trashByKeyboard(page) },
  { name: 'own-mapping', handOf: () => mouse, skipped: () => null, walk: ownMapping },
  { name: 'clashes-by-keyboard', handOf: keyboardOf, skipped: () => null, walk: clashesByKeyboard },
  {
    name: 'doctor-by-keyboard',
    handOf: keyboardOf,
    skipped: () => null,
    walk: ({ page, libraryFolder }, hand) => doctorByKeyboard(page, libraryFolder, hand),
  },
  {
    name: 'compare-by-mouse',
    handOf: () => mouse,
    skipped: () => null,
    walk: ({ page }, hand) => compareEqualNames(page, hand),
  },
  { name: 'stopped-by-keyboard', handOf: keyboardOf, skipped: () => null, walk: stoppedAndWorse },
  { name: 'review-by-keyboard', handOf: keyboardOf, skipped: () => null, walk: (app) => reviewByKeyboard(app) },
  { name: 'sample-by-mouse', handOf: () => mouse, skipped: () => null, walk: sampleToExport(null, 90) },
  { name: 'sample-by-keyboard', handOf: keyboardOf, skipped: () => null, walk: sampleToExport('Quick look', 60) },
  { name: 'sample-small-gpu', handOf: () => mouse, skipped: () => null, walk: sampleToExport('LoRA, small GPU', 90) },
  { name: 'sample-all', handOf: () => mouse, skipped: () => null, walk: sampleToExport('All parameters', 50) },
  ...hands.map(({ name, handOf }): Journey => ({
    name: `own-data-${name}`,
    handOf,
    skipped: () => (existsSync(sharedData) ? null : `${sharedData} is not there`),
    walk: ownDataToExport,
  })),
];
