import { expect, it } from 'vitest';
import { recordingsFromArrays } from '../data/index.js';
import { notesOn } from './dataNotes.js';

it('says what to do where the axes of arrays may be in another order', () => {
  const wide = [[1, 2, 3, 4]];
  const recordings = recordingsFromArrays([wide, wide], { labels: ['a', 'b'] });
  const sets = { train: { ...recordings, files: ['doors.npz'] }, validation: null, test: null };
  expect(notesOn(sets, sets, null, [])).toEqual([
    'The training data have 4 channels and at most 1 step. If the axes of the array are [recordings, channels, time], save ' +
      'values.transpose(0, 2, 1): masq reads [recordings, time, channels].',
  ]);
});
