import { describe, expect, it } from 'vitest';
import { makeBatch } from './batches.js';
import { recordingsFromArrays } from './recordings.js';

describe('a batch', () => {
  const recordings = recordingsFromArrays(
    [
      [[1, 2]],
      [
        [3, 4],
        [5, 6],
      ],
      [
        [7, 8],
        [7, 8],
        [7, 8],
      ],
    ],
    { labels: ['a', null, 'b'] },
  );

  it('is padded with 0 at the end, to its longest recording and no further', () => {
    const batch = makeBatch(recordings, [1, 0]);
    expect(batch.shape).toEqual([2, 2, 2]);
    expect(Array.from(batch.values)).toEqual([3, 4, 5, 6, 1, 2, 0, 0]);
    expect(Array.from(batch.lengths)).toEqual([2, 1]);
    expect(Array.from(batch.labels)).toEqual([-1, 0]);
    expect(Array.from(batch.indices)).toEqual([1, 0]);
  });

  it('is padded to the steps and filled up to the rows that are asked for', () => {
    const batch = makeBatch(recordings, [0, 2], { time: 4, rows: 3 });
    expect(batch.shape).toEqual([3, 4, 2]);
    expect(Array.from(batch.values)).toEqual([
      ...[1, 2, 0, 0, 0, 0, 0, 0],
      ...[7, 8, 7, 8, 7, 8, 0, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    expect(Array.from(batch.lengths)).toEqual([1, 3, 0]);
    expect(Array.from(batch.labels)).toEqual([0, 1, -1]);
    expect(Array.from(batch.indices)).toEqual([0, 2, -1]);
  });

  it('refuses recordings that do not fit', () => {
    expect(() => makeBatch(recordings, [0, 2], { time: 2 })).toThrow(
      'Recording 2 has 3 steps and does not fit into a batch of 2 steps.',
    );
    expect(() => makeBatch(recordings, [0, 2], { rows: 1 })).toThrow(
      '2 recordings do not fit into a batch of 1 rows.',
    );
  });
});
