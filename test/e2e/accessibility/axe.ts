import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Off unless asked for: targets of 24 pixels (WCAG 2.5.8) and asides outside of other landmarks. */
const rules = { 'target-size': { enabled: true }, 'landmark-complementary-is-top-level': { enabled: true } };

/**
 * What axe finds (WCAG 2.2 A and AA, best practices). It is injected through the debugging protocol: the page's CSP
 * allows no script tag.
 */
export async function axeProblems(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const results: AxeResults = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'], rules: ${JSON.stringify(rules)} })`,
  );
  return results.violations.map(
    (violation) =>
      `${violation.id} (${violation.impact ?? 'minor'}): ${violation.nodes
        .map((node) => `${node.target.join(' ')} ${node.any.map((check) => check.message).join(' ')}`)
        .slice(0, 3)
        .join(' | ')}`,
  );
}
