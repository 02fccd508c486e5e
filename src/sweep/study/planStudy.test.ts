import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadEngine } from '../../engine/index.js';
import { packageRoot } from '../../shared/node/paths.js';
import { parseStudy } from './loadStudy.js';
import { planStudy, seedsNeeded } from './planStudy.js';
import { secondsAtOnce } from './secondsAtOnce.js';
import { trialDirectory } from './study.js';

// Models are built and timed, which takes long on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const data = join(packageRoot(), 'data/JapaneseVowels');

/** Small networks of three sizes with two numbers of epochs, one without attention and one whose recordings are mixed. */
const study = parseStudy(`name: s
base:
  data: { validation: { fraction: 0.2 } }
  model: { name: fcn, attention: { name: squeeze-excite, ratio: 2 }, filters: [4, 4, 4] }
  train: { epochs: 1, batchSize: 270 }
datasets: ["${data}"]
axes: { model.filters: [[4, 4, 4], [8, 8, 8], [16, 16, 16]], train.epochs: [1, 200] }
controls: [{ model.attention: none }, { train.augmentation: [mixup] }]
seeds: 3
compare: { baseline: { model.attention: none } }
`);

describe('a plan', () => {
  let directory: string;
  beforeAll(async () => {
    await loadEngine();
    directory = await mkdtemp(join(tmpdir(), 'masq-plan-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('has the size of each cell, times some of each kind, and shares what is left among workers', async () => {
    const finished = trialDirectory(directory, study.cells[0].id, 2);
    await mkdir(finished, { recursive: true });
    await writeFile(join(finished, 'result.json'), '{}');
    const heard: string[] = [];
    const plan = await planStudy(study, {
      directory,
      workers: 2,
      startup: 1000,
      onProgress: (done, total) => heard.push(`${done}/${total}`),
    });
    // FCN of n filters on c = 12 channels and 9 classes: 8cn + 5n² + 3n² weights, 2·2·n·(n/2) of attention, 6n of batch norm, 9n + 9.
    const parameters = (n: number, attention: boolean): number =>
      8 * 12 * n + 8 * n * n + (attention ? 2 * n * n : 0) + 6 * n + 9 * n + 9;
    expect(plan.cells.map(({ parameters: each }) => each)).toEqual([
      ...[4, 4, 8, 8, 16, 16].map((n) => parameters(n, true)),
      parameters(4, false),
      parameters(4, true),
    ]);
    expect(heard).toEqual(['0/3', '1/3', '2/3', '3/3']);
    // The smallest and the largest with attention, the one without, and the one with mixup.
    expect(plan).toMatchObject({ trials: 24, finished: 1, timed: 4, mayEndEarly: false, alike: [] });

    const seconds = new Map(plan.cells.map(({ cell, seconds: each }) => [cell.id, each]));
    const left = plan.cells.flatMap(({ seconds: each }, i) =>
      Array.from({ length: i === 0 ? 2 : 3 }, () => each),
    );
    // No worker waits while a trial is left.
    const shared = left.reduce((sum, each) => sum + each, 0) / 2;
    expect(plan.seconds).toBeGreaterThanOrEqual(shared);
    expect(plan.seconds).toBeLessThanOrEqual(shared + Math.max(...left));
    const of = (filters: number, epochs: number): number =>
      seconds.get(`JapaneseVowels,filters=${filters}-${filters}-${filters},epochs=${epochs}`) ?? NaN;
    expect(of(4, 1)).toBeGreaterThan(1000);
    expect(of(4, 200)).toBeGreaterThan(of(4, 1));
    const [small, between, large] = [4, 8, 16].map((n) => of(n, 200));
    expect(between).toBeGreaterThanOrEqual(Math.min(small, large));
    expect(between).toBeLessThanOrEqual(Math.max(small, large));
  });
});

test('trials that run at once are shared among the workers, each of which takes the next when it is free', () => {
  expect(secondsAtOnce([10, 4, 4], 2)).toBe(10);
  expect(secondsAtOnce([6, 4, 4], 2)).toBe(8);
  expect(secondsAtOnce([4, 4, 4], 2)).toBe(8);
  expect(secondsAtOnce([], 2)).toBe(0);
});

describe('the seeds that comparisons need', () => {
  const of = (...overrides: string[]) =>
    seedsNeeded(
      parseStudy(
        `name: s
base: { data: { train: a.ts, test: b.ts }, model: fcn }
axes: { train.epochs: [1, 2] }
compare: { baseline: { train.epochs: 1 } }
`,
        {},
        overrides,
      ),
    );

  test('are those with which the smallest p-value, corrected for all comparisons, is at most the level', () => {
    // 2/2⁶ = 0.031 ≤ 0.05 < 2/2⁵.
    expect(of('seeds=5')).toEqual({ comparisons: 1, seeds: 5, level: 0.05, fewest: 6 });
    // 21 · 2/2¹⁰ = 0.041 ≤ 0.05 < 21 · 2/2⁹.
    expect(of(`axes.train.epochs=[${Array.from({ length: 22 }, (_, i) => i + 1).join(', ')}]`)).toMatchObject(
      {
        comparisons: 21,
        fewest: 10,
      },
    );
    // On two data sets there are twice as many.
    expect(of('datasets=[data/X, data/Y]')).toMatchObject({ comparisons: 2, fewest: 7 });
    expect(of('compare.level=0.01')).toMatchObject({ fewest: 8 });
  });

  test('are unknown where nothing is compared', () => {
    expect(of('compare.baseline=none')).toBeNull();
  });
});
