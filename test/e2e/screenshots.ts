import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchBrowser } from './browser.ts';
import { serveFixture } from './fixture/serve-fixture.ts';
import { screens, settle } from './screens.ts';

/**
 * Makes screenshots of every screen at two sizes in both themes: `npm run screenshots [-- NAME...]`. They go to
 * out/screenshots.
 */

const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const themes = ['light', 'dark'] as const;
const out = join(import.meta.dirname, '../../out/screenshots');
const wanted = process.argv.slice(2);

await mkdir(out, { recursive: true });
const browser = await launchBrowser();
const problems: string[] = [];
let made = 0;
try {
  for (const library of ['full', 'new'] as const) {
    const server = await serveFixture(library);
    try {
      const cases = screens.filter(
        (screen) => screen.library === library && (wanted.length === 0 || wanted.includes(screen.name)),
      );
      for (const viewport of sizes) {
        for (const theme of themes) {
          const context = await browser.newContext({ viewport, colorScheme: theme, reducedMotion: 'reduce' });
          const page = await context.newPage();
          page.setDefaultTimeout(5_000);
          page.on('console', (message) => {
            // The browser also reports an answer that says the input was wrong, which one screen is about.
            const ours = !/Permissions-Policy header|status of 422/.test(message.text());
            if (ours && (message.type() === 'error' || message.type() === 'warning'))
              problems.push(`${theme} ${page.url()}: ${message.text()}`);
          });
          page.on('pageerror', (error) => problems.push(`${theme} ${page.url()}: ${error.message}`));
          await page.goto(server.url());
          await settle(page);
          for (const screen of cases) {
            await page.goto('about:blank');
            await page.goto(`${new URL(server.url()).origin}/${screen.hash}`);
            await settle(page);
            await screen.prepare?.(page).catch((error: unknown) => problems.push(`${screen.name}: ${String(error)}`));
            if (screen.prepare !== undefined) await settle(page);
            await page.screenshot({ path: join(out, `${screen.name}-${viewport.width}-${theme}.png`) });
            made += 1;
          }
          await context.close();
        }
      }
    } finally {
      await server.close();
    }
  }
} finally {
  await browser.close();
}
console.log(`${made} screenshots in ${out}`);
problems.forEach((problem) => console.log(problem));
if (problems.length > 0) process.exitCode = 1;
