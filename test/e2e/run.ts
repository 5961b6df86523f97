import { findBrowser, launchBrowser } from './browser.ts';
import { openInChromium } from './open-app.ts';
import { walkJourneys } from './walk.ts';

/** The journeys in a real Chromium against the real host: `npm run e2e [-- NAME...]`. */

if (findBrowser() === undefined)
  console.log(
    'SKIPPED every journey in a browser: no Chromium was found. Install it, or name one in SAFEDPO_CHROMIUM.',
  );
else {
  const browser = await launchBrowser();
  try {
    await walkJourneys(process.argv.slice(2), () => openInChromium(browser));
  } finally {
    await browser.close();
  }
}
