import { expect, it } from 'vitest';
import { padRecordings } from './padding.js';
import { allValues, lengthsOf, recordingsFromArrays } from './recordings.js';

const recordings = recordingsFromArrays([[[1, 2], [3, 4]], [[5, 6]]], { labels: ['a', 'b'] }); // prettier-ignore

it('adds steps of zeros where padding is not masked', () => {
  const padded = padRecordings(recordings, { length: 3, masked: false });
  expect(Array.from(lengthsOf(padded))).toEqual([3, 3]);
  expect(Array.from(allValues(padded))).toEqual([1, 2, 3, 4, 0, 0, 5, 6, 0, 0, 0, 0]);
  expect(padded.labels).toEqual(recordings.labels);
});

it('leaves recordings as they are where padding is masked', () => {
  expect(padRecordings(recordings, { length: 3, masked: true })).toBe(recordings);
  expect(padRecordings(recordings, 'none')).toBe(recordings);
});

it.each([true, false])('refuses a length that the longest recording surpasses (masked: %s)', (masked) => {
  expect(() => padRecordings(recordings, { length: 1, masked })).toThrow(
    'this recording has 2 steps, and data.padding.length is 1; expected no recording longer than that.',
  );
});
