import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{main,native-models,preload,renderer}/**/*.test.ts', 'test/{integration,golden}/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
