import { expect, it } from 'vitest';
import { dataFiles } from '../../test/support/dataFiles.js';
import { floats, npy } from '../../test/support/npyFiles.js';
import { emptyEnds, mayBeTransposed } from './arrayDoubts.js';
import { recordingsFromArrays } from './recordings.js';

const { load } = dataFiles();
const options = { labels: 'optional' } as const;

it('steps at the ends of recordings in which all channels are missing are counted, others are not', () => {
  const recordings = recordingsFromArrays([
    [
      [1, 2],
      [NaN, NaN],
      [3, NaN],
    ],
    [
      [1, NaN],
      [NaN, NaN],
      [NaN, NaN],
    ],
    [[NaN, NaN]],
  ]);
  expect(emptyEnds(recordings)).toEqual({ recordings: 2, steps: 3 });
});

it('an array that is padded with NaN is refused with what to do', async () => {
  const padded = npy('<f4', '(2, 3)', floats(1, 2, NaN, 4, 5, 6));
  await expect(load('padded.npy', padded, options)).rejects.toThrow(
    /step 3: the value is missing \(1 missing value in the file\)\. .* 1 recording ends in steps without any value: if that is padding, leave it out, or save the lengths beside the values \(NumPy\)\.$/,
  );
});

it('an array of more channels than steps may have its axes in another order, unless its channels have names', async () => {
  const zeros = floats(...new Array<number>(24).fill(0));
  const channelsFirst = await load('a.npy', npy('<f4', '(2, 3, 4)', zeros), options);
  expect(mayBeTransposed(channelsFirst)).toBe(true);
  expect(mayBeTransposed({ ...channelsFirst, channelNames: ['w', 'x', 'y', 'z'] })).toBe(false);
  expect(mayBeTransposed({ ...channelsFirst, files: ['a.ts'] })).toBe(false);
  expect(mayBeTransposed(await load('b.npy', npy('<f4', '(2, 4, 3)', zeros), options))).toBe(false);
});
