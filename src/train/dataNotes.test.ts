import { expect, it } from 'vitest';
import { recordingsFromArrays } from '../data/index.js';
import { transpositionNotes } from './dataNotes.js';

it('says what to do where the axes of arrays may be in another order', () => {
  const wide = [[1, 2, 3, 4]];
  const recordings = recordingsFromArrays([wide, wide], { labels: ['a', 'b'] });
  expect(transpositionNotes(recordings)).toEqual([]);
  expect(transpositionNotes({ ...recordings, files: ['doors.npz'] })).toEqual([
    'The training data have 4 channels and at most 1 step. If the axes of the array are [recordings, channels, time], save ' +
      'values.transpose(0, 2, 1): masq reads [recordings, time, channels].',
  ]);
});
