import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/*.test.mjs', 'experiments/**/*.test.mjs'],
    pool: 'forks',
    // TensorFlow takes every processor by itself, but tests with servers and killed processes wait much of their time.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
