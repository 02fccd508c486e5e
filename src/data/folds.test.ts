import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelled, shares } from '../../test/support/labelled.js';
import { testWithPython } from '../../test/support/python.js';
import { leaveGroupOut, splitFold, splitGroups } from './folds.js';
import { type Recordings } from './recordings.js';

function difference(numbers: readonly number[]): number {
  return Math.max(...numbers) - Math.min(...numbers);
}

/** The fold of each recording, from splits into all folds. */
function foldsOf(recordings: Recordings, of: number, groups: boolean): number[] {
  const foldOf = Array.from(recordings.labels, () => -1);
  for (let fold = 0; fold < of; fold++) {
    const { train, heldOut } = splitFold(recordings, { fold, of, groups });
    expect(train.length + heldOut.length).toBe(foldOf.length);
    for (const i of heldOut) {
      expect(foldOf[i]).toBe(-1);
      foldOf[i] = fold;
    }
  }
  expect(foldOf).not.toContain(-1);
  return foldOf;
}

describe('folds', () => {
  it('hold every recording once, and differ by at most one recording, of each class too', () => {
    const labels = fc.array(fc.integer({ min: 0, max: 4 }).map(String), { minLength: 6, maxLength: 60 });
    fc.assert(
      fc.property(labels, fc.integer({ min: 2, max: 6 }), (names, of) => {
        const recordings = labelled(names);
        foldsOf(recordings, of, false);
        const folds = Array.from({ length: of }, (_, fold) => splitFold(recordings, { fold, of }).heldOut);
        expect(difference(folds.map(({ length }) => length))).toBeLessThanOrEqual(1);
        for (const label of recordings.classes.keys()) {
          expect(difference(folds.map((fold) => shares(recordings, fold)[label]))).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('do not follow the order of the file, which may be sorted by time or subject', () => {
    const { heldOut } = splitFold(labelled(Array<string>(40).fill('a')), { fold: 0, of: 4 });
    expect(heldOut).not.toEqual(Int32Array.from({ length: 10 }, (_, i) => 4 * i));
    expect(heldOut).not.toEqual(Int32Array.from({ length: 10 }, (_, i) => i));
  });

  it('of groups never divide a group', () => {
    const members = fc.array(fc.tuple(fc.nat(3), fc.nat(9)), { minLength: 10, maxLength: 60 });
    fc.assert(
      fc.property(members, fc.integer({ min: 2, max: 5 }), (list, of) => {
        const groups = list.map(([, group]) => `g${group}`);
        fc.pre(new Set(groups).size >= of);
        const recordings = labelled(
          list.map(([label]) => String(label)),
          groups,
        );
        const foldOf = foldsOf(recordings, of, true);
        for (const group of new Set(groups)) {
          expect(new Set(foldOf.filter((_, i) => groups[i] === group)).size).toBe(1);
        }
      }),
      { numRuns: 50 },
    );
  });

  testWithPython('of groups are those of scikit-learn', async ({ python }) => {
    let state = 1;
    const below = (n: number): number => (state = (state * 16_807) % 2_147_483_647) % n;
    const cases = [3, 4, 5].map((of) => {
      const groups = Array.from({ length: 80 }, () => `g${String(below(14)).padStart(2, '0')}`);
      // Of two classes, whose standard deviations are exact, so that ties are ties for both.
      return { of, groups, labels: groups.map(() => String(below(2))) };
    });
    const expected = await python(
      `
import numpy as np
from sklearn.model_selection import StratifiedGroupKFold
def main(cases):
    folds = []
    for case in cases:
        y = np.array(case['labels'])
        fold_of = np.zeros(len(y), int)
        parts = StratifiedGroupKFold(case['of']).split(y, y, np.array(case['groups']))
        for fold, (_, test) in enumerate(parts):
            fold_of[test] = fold
        folds.append(fold_of.tolist())
    return folds
`,
      cases,
    );
    expect(cases.map(({ of, labels, groups }) => foldsOf(labelled(labels, groups), of, true))).toEqual(
      expected,
    );
  });

  it('that cannot be are refused', () => {
    expect(() => splitFold(labelled(['a', 'b']), { fold: 0, of: 3 })).toThrow(
      '3 folds need as many recordings, found 2.',
    );
    expect(() => splitFold(labelled(['a', 'b'], ['p', 'q']), { fold: 0, of: 3, groups: true })).toThrow(
      '3 folds need as many groups, found 2.',
    );
    expect(() => splitFold(labelled(['a', 'b']), { fold: 2, of: 2 })).toThrow('fold 2 of 2: expected');
    expect(() => splitFold(labelled(['a', 'b']), { fold: 0, of: 2, groups: true })).toThrow(
      'the data name no groups',
    );
  });
});

describe('a group left out', () => {
  const recordings = labelled(['a', 'b', 'a', 'b', 'a', 'b'], ['10', '9', '10', '9', '1', '1']);

  it('is counted in the order of numbers where all names are numbers, or named', () => {
    expect([0, 1, 2].map((n) => [...leaveGroupOut(recordings, n).heldOut])).toEqual([
      [4, 5],
      [1, 3],
      [0, 2],
    ]);
    expect(leaveGroupOut(recordings, '1')).toEqual(leaveGroupOut(recordings, 0));
    expect(splitGroups(recordings, ['1', '9']).train).toEqual(Int32Array.of(0, 2));
  });

  it('that is not there is refused', () => {
    expect(() => leaveGroupOut(recordings, 3)).toThrow(
      'group 3 is to be left out, counted from 0, but there are 3 groups: 1, 9, 10.',
    );
    expect(() => splitGroups(labelled(['a', 'b'], ['anna', 'ben']), ['ana'])).toThrow(
      'there is no group "ana"; found anna, ben. Did you mean "anna"?',
    );
  });
});
