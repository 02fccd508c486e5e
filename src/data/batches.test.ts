import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochOrder, makeBatch } from './batches.js';
import { recordingsFromArrays } from './recordings.js';

describe('a batch', () => {
  it('is padded with 0 at the end, to its longest recording and no further', () => {
    const recordings = recordingsFromArrays(
      [
        [[1, 2]],
        [
          [3, 4],
          [5, 6],
        ],
        [[7, 8], [7, 8], [7, 8]],
      ],
      { labels: ['a', null, 'b'] },
    );
    const batch = makeBatch(recordings, [1, 0]);
    expect(batch.shape).toEqual([2, 2, 2]);
    expect(Array.from(batch.values)).toEqual([3, 4, 5, 6, 1, 2, 0, 0]);
    expect(Array.from(batch.lengths)).toEqual([2, 1]);
    expect(Array.from(batch.labels)).toEqual([-1, 0]);
    expect(Array.from(batch.indices)).toEqual([1, 0]);
  });
});

describe('the batches of an epoch', () => {
  it('hold every recording once, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: 1, max: 20 }), fc.nat(), (n, batchSize, seed) => {
        const batches = epochOrder(n, batchSize, seed, 0);
        expect(batches).toHaveLength(Math.ceil(n / batchSize));
        expect(batches.slice(0, -1).every(({ length }) => length === batchSize)).toBe(true);
        const all = batches.flatMap((batch) => Array.from(batch)).sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('are drawn anew for every epoch and every seed, and repeat for the same', () => {
    const order = (seed: number, epoch: number): Int32Array => epochOrder(50, 50, seed, epoch)[0];
    expect(order(1, 2)).toEqual(order(1, 2));
    expect(order(1, 2)).not.toEqual(order(1, 3));
    expect(order(1, 2)).not.toEqual(order(2, 2));
  });

  it('hold at least one recording each', () => {
    expect(() => epochOrder(5, 0, 1, 0)).toThrow('The batch size is 0, expected a whole number from 1.');
  });
});
