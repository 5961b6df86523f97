import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { serveFixture } from './fixture/serve-fixture.ts';
import { screens, settle } from './screens.ts';

/** Runs axe (WCAG 2.2 A and AA, best practices) over every screen in both themes: `npm run accessibility [-- NAME...]`. */

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const wanted = process.argv.slice(2);

/** Injects axe through the debugging protocol: the page's CSP allows no script tag. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results: AxeResults = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`);
  return results.violations.map((violation) => `${violation.id} (${violation.impact ?? 'minor'}): ${violation.nodes.map((node) => `${node.target.join(' ')} ${node.any.map((check) => check.message).join(' ')}`).slice(0, 3).join(' | ')}`);
}

const browser = await launchBrowser();
let checked = 0;
let found = 0;
try {
  for (const library of ['full', 'new'] as const) {
    const server = await serveFixture(library);
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme });
        const page = await context.newPage();
        page.setDefaultTimeout(5_000);
        await page.goto(server.url());
        await settle(page);
        for (const screen of screens.filter((entry) => entry.library === library && (wanted.length === 0 || wanted.includes(entry.name)))) {
          await page.goto('about:blank');
          await page.goto(`${new URL(server.url()).origin}/${screen.hash}`);
          await settle(page);
          await screen.prepare?.(page);
          const violations = await violationsOf(page);
          violations.forEach((violation) => console.log(`${screen.name} ${colorScheme}: ${violation}`));
          checked += 1;
          found += violations.length;
        }
        await context.close();
      }
    } finally {
      await server.close();
    }
  }
} finally {
  await browser.close();
}
console.log(`${checked} screens checked, ${found} violations`);
if (found > 0) process.exitCode = 1;
