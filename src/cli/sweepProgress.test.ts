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

it('counts trials and estimates the time left by the start and the epochs of trials of the same cell, then of the same data set', () => {
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
  const epoch = (trial: Trial, number: number): void => {
    progress.hear({ type: 'epoch', trial, epoch: number, epochs: 10, text: 'validation: loss 1.0' });
  };
  seconds = 20;
  epoch(slow, 1);
  // How much of these 20 s were the start, nobody knows yet.
  expect(progress.summary()).toBe('1 of 4 trials finished, 2 running');
  seconds = 25;
  epoch(slow, 2);
  // Each takes 20 s and 9 times 5 s; 40 s are left of two, and one is whole.
  expect(progress.summary()).toBe('1 of 4 trials finished, 2 running, 1 min 45 s left');
  seconds = 28;
  progress.hear({ type: 'finished', trial: quick });
  // 37 s of it are left, then 65 s of \`alike\`.
  expect(progress.summary()).toBe('2 of 4 trials finished, 1 running, 1 min 42 s left');
  expect(progress.running()).toEqual([
    { trial: slow, state: 'epoch 2 of 10, validation: loss 1.0 (attempt 2)' },
  ]);
  expect(progress.ended()).toEqual([{ trial: quick, state: 'finished in 28 s' }]);
});

it('knows the time left of trials of one epoch once one has ended, and of trials whose epochs nobody saw', () => {
  for (const epochs of [1, 10]) {
    const [first, second] = ['first', 'second'].map((id) => {
      const trial = trialOf(id, 'A');
      return { ...trial, config: { ...config, train: { ...config.train, epochs } } };
    });
    let seconds = 0;
    const before = { finished: [], halved: [] };
    const now = (): number => 1000 * seconds;
    const progress = followSweep({ trials: [first, second], before, halving: false, now });
    progress.hear({ type: 'started', trial: first, attempt: 1 });
    seconds = 30;
    progress.hear({ type: 'finished', trial: first });
    progress.hear({ type: 'started', trial: second, attempt: 1 });
    seconds = 40;
    expect(progress.summary()).toBe('1 of 2 trials finished, 1 running, 20 s left');
  }
});
