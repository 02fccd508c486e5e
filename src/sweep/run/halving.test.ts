// Successive halving, with trials whose losses are made up.
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveConfig } from '../../train/index.js';
import type { Trial } from '../study/study.js';
import { cellsToEnd } from './halving.js';
import type { Launcher } from './launcher.js';
import { runStudy } from './runStudy.js';

const contender = (id: string, value: number | null, ended = false) => ({ id, value, ended });

it('ends all cells but the best 1/factor and at least one, those without a value and those ended before first', () => {
  const four = [contender('a', 4), contender('b', null), contender('c', 1), contender('d', 2)];
  expect(cellsToEnd(four, { factor: 2, better: 'lower' })).toEqual(['a', 'b']);
  expect(cellsToEnd(four, { factor: 3, better: 'higher' })).toEqual(['d', 'c', 'b']);
  expect(cellsToEnd([contender('a', 1)], { factor: 3, better: 'lower' })).toEqual([]);
  // A kill came while cells were being ended; a trial that had failed has finished since, and is the best now.
  const again = [contender('a', 4), contender('b', 1, true), contender('c', 2), contender('d', 3)];
  expect(cellsToEnd(again, { factor: 2, better: 'lower' })).toEqual(['a', 'b']);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'masq-halving-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const epochs = 9;
const config = resolveConfig({
  ...{ name: 'study', data: { train: 'train.ts' }, model: 'fcn' },
  train: { epochs },
});

/** Six cells of the grid and two controls, the first of which is the baseline; two seeds. */
const cells = ['a', 'b', 'c', 'd', 'e', 'f', 'none', 'local'].map((id) => ({
  ...{ id, method: id, levels: {}, settings: {}, dataset: null },
  role: id.length === 1 ? ('grid' as const) : ('control' as const),
}));

/** The loss of a trial is that of its cell, whatever the epoch; seeds differ, but not in the mean. */
const lossOf = ({ cell, seed }: Trial): number =>
  cells.findIndex(({ id }) => id === cell.id) + (seed === 1 ? 0.9 : -0.9);

/** Trains an epoch at a time, and may be stopped after so many epochs of all trials together. */
function launcher(mostEpochs = Infinity): Launcher {
  let left = mostEpochs;
  return {
    run: async (trials, { pauseAfter, onEvent }) => {
      await Promise.resolve();
      for (const trial of trials) {
        const metrics = join(trial.directory, 'metrics.jsonl');
        mkdirSync(trial.directory, { recursive: true });
        for (let epoch = 1 + epochsOf(trial); epoch <= (pauseAfter ?? epochs); epoch++) {
          if (left-- <= 0) throw new Error('killed');
          appendFileSync(metrics, `${JSON.stringify({ epoch, validation: { loss: lossOf(trial) } })}\n`);
          trained.set(trial.directory, epoch);
        }
        if (pauseAfter === null) writeFileSync(join(trial.directory, 'result.json'), '{}');
        onEvent({ type: pauseAfter === null ? 'finished' : 'paused', trial });
      }
    },
  };
}

let trained: Map<string, number>;
beforeEach(() => {
  trained = new Map();
});
const epochsOf = ({ directory }: Trial): number => trained.get(directory) ?? 0;

async function run(launched: Launcher): Promise<Record<string, number[]>> {
  const trials = [1, 2].flatMap((seed) =>
    cells.map((cell) => ({ cell, seed, config, directory: join(folder, cell.id, `${seed}`) })),
  );
  const study = { compare: { baseline: 'none' }, halving: { firstEpoch: 1, factor: 3 } };
  await runStudy({ study, trials }, launched, {
    signal: new AbortController().signal,
    onEvent: () => undefined,
  });
  return Object.fromEntries(
    cells.map(({ id }) => [id, trials.filter(({ cell }) => cell.id === id).map(epochsOf)]),
  );
}

const expected = {
  ...{ a: [9, 9], b: [3, 3], c: [1, 1], d: [1, 1], e: [1, 1], f: [1, 1] },
  ...{ none: [9, 9], local: [9, 9] },
};

it('ends cells with all their seeds at each rung, by the mean over seeds, and never the baseline or a control', async () => {
  expect(await run(launcher())).toEqual(expected);
  expect(existsSync(join(folder, 'b', '2.json'))).toBe(true);
  expect(existsSync(join(folder, 'a', '1.json'))).toBe(false);
});

it.each([5, 16, 20, 40])('decides the same when it is stopped after %i epochs and goes on', async (stop) => {
  await expect(run(launcher(stop))).rejects.toThrow('killed');
  expect(await run(launcher())).toEqual(expected);
});
