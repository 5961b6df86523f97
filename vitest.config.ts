import { defineConfig } from 'vitest/config';
import { PlainSummary } from './test/plain-summary.ts';

export default defineConfig({
  test: {
    include: ['{main,native-models,preload,renderer}/**/*.test.ts', 'test/{integration,golden}/**/*.test.ts'],
    pool: 'forks',
    reporters: ['default', new PlainSummary()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
