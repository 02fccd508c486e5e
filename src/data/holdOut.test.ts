import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSplits, holdOut } from './holdOut.js';
import { allValues, type Recordings, recordingsFromArrays } from './recordings.js';
import { stratifiedResample } from './resample.js';
import { truncateRecordings } from './truncate.js';

function recordingsOf(rest: { labels: string[]; splits?: string[]; groups?: string[] }): Recordings {
  return recordingsFromArrays(
    rest.labels.map(() => [[0]]),
    rest,
  );
}

describe('a part that the data assign', () => {
  const recordings = recordingsOf({
    labels: ['a', 'b', 'a', 'b', 'a', 'b'],
    splits: ['train', 'train', 'test', 'test', 'val', 'val'],
  });

  it('is held out by its name', () => {
    const { train, heldOut } = holdOut(recordings, { split: 'test' }, 'test', 1);
    expect([[...train], [...heldOut]]).toEqual([
      [0, 1, 4, 5],
      [2, 3],
    ]);
  });

  it('is an error where nobody asks for it, or where it is not there', () => {
    expect(() => {
      checkSplits(recordings, ['test']);
    }).toThrow(
      'recording 4 has the split "val" (2 of 6 recordings have), expected one of train, test. Parts other than "train" are named ' +
        'in the config, e.g. data.validation: { split: val }.',
    );
    expect(() => holdOut(recordings, { split: 'tset' }, 'test', 1)).toThrow(
      'no recording has the split "tset", which data.test asks for; found train, test, val. Did you mean "test"?',
    );
    expect(() => holdOut(recordingsOf({ labels: ['a', 'b'] }), { split: 'test' }, 'test', 1)).toThrow(
      'the data assign none',
    );
  });
});

describe('holding recordings out', () => {
  it('leaves every class to train on, or says which is missing', () => {
    const recordings = recordingsOf({ labels: ['a', 'b', 'b', 'a', 'a'], groups: ['p', 'p', 'p', 'q', 'r'] });
    for (const how of [{ groups: ['p'] }, { leaveGroupOut: 0 }, { leaveGroupOut: 'p' }]) {
      expect(() => holdOut(recordings, how, 'test', 1)).toThrow(
        'the class "b" has no recording left to train on: all 2 are held out by data.test. Add recordings of it, or split otherwise.',
      );
    }
    expect([...holdOut(recordings, { leaveGroupOut: 1 }, 'test', 1).heldOut]).toEqual([3]);
  });

  it('for test by a share says so where it cannot be', () => {
    expect(() => holdOut(recordingsOf({ labels: ['a', 'a', 'b'] }), { fraction: 0.5 }, 'test', 1)).toThrow(
      'the class "b" has a single recording, so it cannot be in both training and test. Add recordings of it, or name test data ' +
        'of their own.',
    );
  });
});

describe('a resample', () => {
  it('draws as many recordings of each class as the training data have, differently for each number', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 10, maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 8 }), fc.nat(), (list, trainCount, n) => {
        const pooled = recordingsOf({ labels: list.map(String) });
        const { train, heldOut } = stratifiedResample(pooled, trainCount, n);
        expect([...train, ...heldOut].sort((a, b) => a - b)).toEqual([...list.keys()]);
        const classesOf = (indices: Iterable<number>): number[] => Array.from(indices, (i) => list[i]).sort();
        expect(classesOf(train)).toEqual(classesOf([...list.keys()].slice(0, trainCount)));
      }),
      { numRuns: 50 },
    );
    const pooled = recordingsOf({ labels: Array.from({ length: 60 }, (_, i) => String(i % 3)) });
    expect(stratifiedResample(pooled, 30, 1)).toEqual(stratifiedResample(pooled, 30, 1));
    expect(stratifiedResample(pooled, 30, 1)).not.toEqual(stratifiedResample(pooled, 30, 2));
  });

  it('of the number 0 is the default split', () => {
    const { train, heldOut } = stratifiedResample(recordingsOf({ labels: ['a', 'b', 'a', 'b', 'b'] }), 2, 0);
    expect([[...train], [...heldOut]]).toEqual([
      [0, 1],
      [2, 3, 4],
    ]);
  });
});

it('recordings are cut to their first steps, and those that were longer counted', () => {
  const recordings = recordingsFromArrays([
    [[1, 2], [3, 4], [5, 6]], // prettier-ignore
    [[7, 8]],
    [[9, 10], [11, 12]], // prettier-ignore
  ]);
  const { recordings: cut, truncated } = truncateRecordings(recordings, 2);
  expect(truncated).toBe(1);
  expect(cut.offsets).toEqual(Float64Array.of(0, 2, 3, 5));
  expect(allValues(cut)).toEqual(Float32Array.of(1, 2, 3, 4, 7, 8, 9, 10, 11, 12));
  expect(truncateRecordings(recordings, 3)).toEqual({ recordings, truncated: 0 });
});
