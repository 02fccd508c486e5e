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
    },
  );
});

it('channels without names are numbered from 1, and without recordings there is nothing to say', () => {
  expect(inspectChannels(recordingsFromArrays([[[1, 2]], [[1, 3]]])).constantChannels).toEqual(['1']);
  const nothing = { emptyChannels: [], constantChannels: [], nearConstantChannels: [] };
  expect(inspectChannels(recordingsFromArrays([]))).toEqual(nothing);
});
