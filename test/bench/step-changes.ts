import type { Page } from 'playwright-core';
import { z } from 'zod';
import { percentile } from './figures.ts';
import { largestOf } from '../../native-models/extremes.ts';

/** In an order that changes every screen for another kind of screen. */
const tour = [
  [2, 'Data'],
  [3, 'Review'],
  [4, 'Settings'],
  [5, 'Train'],
  [6, 'Evaluate'],
  [7, 'Export'],
  [1, 'Model'],
] as const;

const change = z.object({ heading: z.number(), filled: z.number() });

/** What a step change cost; times in milliseconds from the press of the key. */
export interface StepChange extends z.infer<typeof change> {
  readonly step: string;
  readonly requests: number;
}

/**
 * Changes the step by its key and waits until its heading is painted, then until nothing says that it is being read.
 */
async function changeStep(page: Page, digit: number, heading: string): Promise<z.infer<typeof change>> {
  const measured: unknown = await page.evaluate(`new Promise((resolve) => {
    const start = performance.now();
    const shown = () => document.querySelector('h1')?.textContent.startsWith(${JSON.stringify(heading)}) === true;
    const reading = () => [...document.querySelectorAll('main [role=status], main .soft')]
        .some((element) => /^(Reading|Counting|Planning)/.test(element.textContent));
      const until = (look, then) => look()
        ? requestAnimationFrame(() => then(performance.now() - start))
        : requestAnimationFrame(() => until(look, then));
    dispatchEvent(new KeyboardEvent('keydown', { key: '${digit}', code: 'Digit${digit}', altKey: true }));
    until(shown, (heading) => until(() => !reading(), (filled) => resolve({ heading, filled })));
  })`);
  return change.parse(measured);
}

/** Goes through all steps of the open project `rounds` times. The page must show the Model step. */
export async function tourSteps(page: Page, rounds: number): Promise<StepChange[]> {
  let requests = 0;
  page.on('request', () => (requests += 1));
  const changes: StepChange[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [digit, step] of tour) {
      const before = requests;
      changes.push({ step, ...(await changeStep(page, digit, step)), requests: requests - before });
    }
  }
  return changes;
}

/** By step, and over all: 95th percentile and largest of the time to the heading, median of the time to the content. */
export function summariseChanges(changes: readonly StepChange[]): object {
  const of = (some: readonly StepChange[]): object => ({
    headingP95Milliseconds: Math.round(
      percentile(
        some.map(({ heading }) => heading),
        0.95,
      ),
    ),
    headingLargestMilliseconds: Math.round(largestOf(some.map(({ heading }) => heading))),
    filledMedianMilliseconds: Math.round(
      percentile(
        some.map(({ filled }) => filled),
        0.5,
      ),
    ),
    filledLargestMilliseconds: Math.round(largestOf(some.map(({ filled }) => filled))),
    requests: percentile(
      some.map(({ requests }) => requests),
      0.5,
    ),
  });
  return {
    all: of(changes),
    ...Object.fromEntries(tour.map(([, step]) => [step, of(changes.filter((entry) => entry.step === step))])),
  };
}
