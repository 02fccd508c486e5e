import { expect, it } from 'vitest';
import { inspectChannels } from './channelFindings.js';
import { recordingsFromArrays } from './recordings.js';

it('channels without a value, with one, and with hardly another are told; 98 of 100 is not hardly', () => {
  const steps = Array.from({ length: 100 }, (_, t) => [
    NaN,
    t === 5 ? NaN : 7,
    t === 50 ? -1 : 3,
    t < 2 ? 1 : 0,
    t % 2,
  ]);
  expect(inspectChannels(recordingsFromArrays([steps], { channelNames: ['e', 'c', 'n', 'm', 'x'] }))).toEqual(
    {
      emptyChannels: ['e'],
      constantChannels: ['c'],
      nearConstantChannels: [{ channel: 'n', value: 3, share: 0.99 }],
      constantWithinChannels: [],
      risingChannels: [],
      coarseChannels: [],
    },
  );
});

it('channels without names are numbered from 1, and without recordings there is nothing to say', () => {
  expect(inspectChannels(recordingsFromArrays([[[1, 2]], [[1, 3]]])).constantChannels).toEqual(['1']);
  const nothing = {
    ...{ emptyChannels: [], constantChannels: [], nearConstantChannels: [] },
    ...{ constantWithinChannels: [], risingChannels: [], coarseChannels: [] },
  };
  expect(inspectChannels(recordingsFromArrays([]))).toEqual(nothing);
});

it('channels that are constant in each recording but not in all, and those that only rise, are told; two steps tell nothing', () => {
  const channelNames = ['id', 'time', 'stays', 'falls', 'same', 'gaps', 'short'];
  const recording = (id: number, start: number): number[][] =>
    [0, 1, 2, 3].map((t) => [
      ...[id, start + t / 8, Math.min(t, 2), t === 3 ? 0 : t, 5],
      t === 1 ? NaN : t,
      ...[t < 2 ? t + id : NaN],
    ]);
  const twoSteps = [
    [2, 9, 1, 1, 5, 9, 1],
    [1, 8, 1, 1, 5, 8, 1],
  ];
  const found = inspectChannels(
    recordingsFromArrays([recording(1, 0), twoSteps, recording(2, -1)], { channelNames }),
  );
  expect(found.constantWithinChannels).toEqual(['id']);
  expect(found.risingChannels).toEqual(['time', 'gaps']);
  expect(found.constantChannels).toEqual(['same']);
});

it('a time in milliseconds since 1970, which float32 rounds, is taken for nothing else', () => {
  const steps = [0, 20, 40].map((t) => [1.7e12 + t, t]);
  const found = inspectChannels(recordingsFromArrays([steps, steps.map(([t, x]) => [t + 1e9, x])]));
  expect(found).toMatchObject({
    ...{ coarseChannels: ['1'], risingChannels: ['2'] },
    ...{ constantWithinChannels: [], nearConstantChannels: [] },
  });
});
