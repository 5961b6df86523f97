import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { failed } from '../../native-models/failure.ts';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The Chromium named by SAFEDPO_CHROMIUM, or one in the usual places. */
export function findBrowser(): string | undefined {
  return process.env['SAFEDPO_CHROMIUM'] ?? places.find((place) => existsSync(place));
}

/** Starts the Chromium that {@link findBrowser} finds. Throws `no-browser`. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined)
    throw failed('no-browser', 'No Chromium was found. Install it or name one in SAFEDPO_CHROMIUM.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--force-color-profile=srgb'] });
}
