import type { Reporter, TestModule } from 'vitest/node';
import { allowedSkips } from './allowed-skips.ts';

/**
 * With CI=1 a skipped test fails the run unless `allowedSkips` names its file and says why. Without CI it is skipped
 * as before, since a person's machine may lack what the test needs.
 */
export class SkipGate implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (process.env['CI'] === undefined) return;
    const allowed = new Set(allowedSkips().map(({ file }) => file));
    const skipped = modules
      .filter(({ relativeModuleId }) => !allowed.has(relativeModuleId))
      .flatMap((module) =>
        [...module.children.allTests('skipped')].map((test) => `${module.relativeModuleId}: ${test.fullName}`),
      );
    if (skipped.length === 0) return;
    process.exitCode = 1;
    console.error(`Skipped although CI is set, and not named in test/allowed-skips.ts:\n  ${skipped.join('\n  ')}`);
  }
}
