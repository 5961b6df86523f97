import { defineConfig } from 'vitest/config';
import { PlainSummary } from './test/plain-summary.ts';
import { SkipGate } from './test/skip-gate.ts';

/** The lanes of `npm run test:unit`, `test:integration`, `test:golden` and `test:package`; `npm test` runs them all. */
const lanes = {
  unit: '{main,native-models,preload,renderer}/**/*.test.ts',
  integration: 'test/integration/**/*.test.ts',
  golden: 'test/golden/**/*.test.ts',
  package: 'test/package/**/*.test.ts',
};

export default defineConfig({
  test: {
    projects: Object.entries(lanes).map(([name, include]) => ({ extends: true, test: { name, include: [include] } })),
    pool: 'forks',
    reporters: ['default', new PlainSummary(), new SkipGate()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
