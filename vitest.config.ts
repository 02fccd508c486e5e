import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { presentDevices } from './src/engine/cards.js';
import { testOfTf32, testsOfDevices, withoutTf32 } from './test/support/devices.js';

/** Of how TensorFlow is loaded, so it must not be before; or they change what it has for good. */
const alone = [
  'src/engine/load.test.ts',
  ...['test/cardGraphs.test.ts', testOfTf32, 'test/withoutOwnOperations.test.ts'],
];

const shared = { pool: 'forks', testTimeout: 120_000, hookTimeout: 300_000 } as const;

const ofSource = {
  ...shared,
  // To load tfjs and TensorFlow takes longer than most of these files.
  isolate: false,
  setupFiles: 'test/support/oneProcess.ts',
} as const;

const { devices, cardProblem } = presentDevices();
if (cardProblem !== null) process.stderr.write(`gpu: skipped, ${cardProblem}\n`);

/** Tests once more on a card, after all others, in a process that has it to itself: in float32, then what is tested in TF32. */
function onCard(device: string, place: number): TestProjectInlineConfiguration[] {
  const project = (
    name: string,
    include: string[],
    env: object,
    order: number,
  ): TestProjectInlineConfiguration => {
    const inTurn = { maxWorkers: 1, sequence: { groupOrder: order } };
    return { test: { ...ofSource, ...inTurn, name, include, env: { MASQ_TEST_DEVICE: device, ...env } } };
  };
  return [
    project(device, testsOfDevices, withoutTf32, 1 + 2 * place),
    project(`${device}-tf32`, [testOfTf32], {}, 2 + 2 * place),
  ];
}

export default defineConfig({
  test: {
    // TensorFlow takes every processor by itself, but tests with servers and killed processes wait much of their time.
    maxWorkers: 4,
    projects: [
      {
        test: {
          ...{ ...ofSource, name: 'src', include: ['src/**/*.test.ts'], exclude: alone },
        },
      },
      {
        test: {
          ...{ ...shared, isolate: false, setupFiles: 'test/support/oneThread.ts', name: 'programs' },
          exclude: alone,
          include: ['test/**/*.test.ts', 'bench/*.test.mjs', 'experiments/**/*.test.mjs'],
        },
      },
      { test: { ...shared, name: 'alone', include: alone } },
      ...devices.filter((device) => device !== 'cpu').flatMap(onCard),
    ],
  },
});
