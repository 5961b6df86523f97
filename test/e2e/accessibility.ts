import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chartProblems, forcedColourProblems, motionProblems, zoomProblems } from './accessibility/appearance.ts';
import { axeProblems } from './accessibility/axe.ts';
import { dialogProblems, focusProblems } from './accessibility/focus.ts';
import { launchBrowser } from './browser.ts';
import { serveFixture, type FixtureServer } from './fixture/serve-fixture.ts';
import { screens, settle, type ScreenCase } from './screens.ts';

/**
 * Looks at every screen as people with other eyes, hands and settings have it: `npm run accessibility [-- NAME...]`.
 */

interface Look {
  readonly name: string;
  readonly context: BrowserContextOptions;
  readonly checks: readonly ((page: Page) => Promise<string[]>)[];
}

const desktop = { width: 1280, height: 800 };
const looks: readonly Look[] = [
  {
    name: 'light',
    context: { viewport: desktop, colorScheme: 'light' },
    checks: [axeProblems, chartProblems, focusProblems, dialogProblems],
  },
  { name: 'dark', context: { viewport: desktop, colorScheme: 'dark' }, checks: [axeProblems] },
  // What 200 % makes of that window: half as many CSS pixels either way.
  {
    name: '200 %',
    context: { viewport: { width: desktop.width / 2, height: desktop.height / 2 }, deviceScaleFactor: 2 },
    checks: [zoomProblems],
  },
  { name: 'reduced motion', context: { viewport: desktop, reducedMotion: 'reduce' }, checks: [motionProblems] },
  { name: 'forced colours', context: { viewport: desktop, forcedColors: 'active' }, checks: [forcedColourProblems] },
];
const wanted = process.argv.slice(2);
const cases = screens.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

async function open(page: Page, server: FixtureServer, screen: ScreenCase): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${new URL(server.url()).origin}/${screen.hash}`);
  await settle(page);
  // Where a reader is after a new screen was shown; a dialog must lead back to there or to its button.
  await page.locator('#main').focus();
  if (screen.prepare === undefined) return;
  await screen.prepare(page);
  // A button that was just enabled is between two colours for some frames.
  await settle(page);
}

async function lookAt(
  browser: Browser,
  server: FixtureServer,
  look: Look,
  shown: readonly ScreenCase[],
): Promise<number> {
  const context = await browser.newContext(look.context);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(server.url());
  await settle(page);
  let found = 0;
  for (const screen of shown) {
    await open(page, server, screen);
    for (const check of look.checks) {
      const problems = await check(page);
      problems.forEach((problem) => console.log(`${screen.name}, ${look.name}: ${problem}`));
      found += problems.length;
    }
  }
  await context.close();
  return found;
}

const browser = await launchBrowser();
let found = 0;
try {
  for (const library of ['full', 'new'] as const) {
    const shown = cases.filter((screen) => screen.library === library);
    const server = await serveFixture(library);
    try {
      for (const look of looks) {
        const problems = await lookAt(browser, server, look, shown);
        console.log(`${library} library, ${look.name}: ${shown.length} screens, ${problems} problems`);
        found += problems;
      }
    } finally {
      await server.close();
    }
  }
} finally {
  await browser.close();
}
if (found > 0) process.exitCode = 1;
