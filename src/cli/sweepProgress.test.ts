// What is shown of a study that runs.
import { expect, it } from 'vitest';
import { resolveConfig } from '../train/index.js';
import type { Trial } from '../sweep/run/index.js';
import { followSweep } from './sweepProgress.js';

const config = resolveConfig({
  ...{ name: 'study', data: { train: 'train.ts' }, model: 'fcn' },
  train: { epochs: 10 },
});

function trialOf(id: string, dataset: string): Trial {
  const cell = { id, method: id, levels: {}, settings: {}, dataset, role: 'grid' as const };
  return { cell, seed: 1, directory: id, config };
}

it('counts trials and estimates the time left by trials of the same cell, then of the same data set', () => {
  const [quick, slow, alike, last] = [
    ...[trialOf('quick', 'A'), trialOf('slow', 'B'), trialOf('alike', 'B'), trialOf('last', 'A')],
  ];
  let seconds = 0;
  const before = { finished: [last], halved: [] };
  const trials = [quick, slow, alike, last];
  const progress = followSweep({ trials, before, halving: false, now: () => 1000 * seconds });
  progress.hear({ type: 'started', trial: quick, attempt: 1 });
  progress.hear({ type: 'started', trial: slow, attempt: 2 });
  expect(progress.summary()).toBe('1 of 4 trials finished, 2 running');
  seconds = 5;
  progress.hear({ type: 'finished', trial: quick });
  progress.hear({ type: 'epoch', trial: slow, epoch: 1, epochs: 10, text: 'validation: loss 1.0' });
  // 5 s an epoch: 45 s of `slow` are left, and 50 s of `alike`, one after the other.
  expect(progress.summary()).toBe('2 of 4 trials finished, 1 running, 1 min 35 s left');
  expect(progress.running()).toEqual([
    { trial: slow, state: 'epoch 1 of 10, validation: loss 1.0 (attempt 2)' },
  ]);
  expect(progress.ended()).toEqual([{ trial: quick, state: 'finished in 5 s' }]);
});
