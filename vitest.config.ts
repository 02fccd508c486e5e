import { defineConfig } from 'vitest/config';

/** Of how TensorFlow is loaded, so it must not be before. */
const ofLoading = 'src/engine/load.test.ts';

const shared = { pool: 'forks', testTimeout: 120_000, hookTimeout: 300_000 } as const;

export default defineConfig({
  test: {
    // TensorFlow takes every processor by itself, but tests with servers and killed processes wait much of their time.
    maxWorkers: 4,
    projects: [
      {
        test: {
          ...{ ...shared, name: 'src', include: ['src/**/*.test.ts'], exclude: [ofLoading] },
          // To load tfjs and TensorFlow takes longer than most of these files.
          isolate: false,
          setupFiles: 'test/support/oneProcess.ts',
        },
      },
      {
        test: {
          ...{ ...shared, name: 'programs' },
          include: [ofLoading, 'test/**/*.test.ts', 'bench/*.test.mjs', 'experiments/**/*.test.mjs'],
        },
      },
    ],
  },
});
