import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { uniforms } from '../../../test/support/random.js';
import { groupsOf } from './groups.js';
import { compareOverDatasets } from './overDatasets.js';
import { ranks } from './ranks.js';
import { wilcoxonTest } from './wilcoxon.js';

const seed = 11;

/** Accuracies rounded to `step`, so that coarse steps tie; later methods are a little better. */
function scoresOf(datasets: number, methods: number, step: number): number[][] {
  const next = uniforms(datasets * 31 + methods);
  return Array.from({ length: datasets }, () => {
    const difficulty = 0.4 * next();
    return Array.from(
      { length: methods },
      (_, method) => step * Math.round((1 - difficulty + 0.02 * method - 0.15 * next()) / step),
    );
  });
}

const studies = [scoresOf(12, 4, 1e-6), scoresOf(30, 6, 1e-6), scoresOf(9, 3, 0.05), scoresOf(14, 5, 0.02)];

const reference = `
import itertools
import numpy as np
from scipy import stats

def wilcoxon(d):
    d = np.round(d, 9)
    ranked = stats.rankdata(np.abs(d))[d != 0] * np.sign(d[d != 0])
    if len(ranked) == len(set(np.abs(ranked))) == len(d):
        return float(stats.wilcoxon(d, method='exact').pvalue)
    # SciPy is exact with ties and zeros as a permutation test of the signed ranks.
    if len(ranked) == 0:
        return 1.0
    return float(stats.permutation_test((ranked,), np.sum, permutation_type='samples', n_resamples=np.inf).pvalue)

def study(scores):
    x = np.round(np.array(scores), 9)
    n, k = x.shape
    chi = stats.friedmanchisquare(*x.T) if k > 2 else None
    f = (n - 1) * chi.statistic / (n * (k - 1) - chi.statistic)
    return dict(
        ranks=stats.rankdata(-x, axis=1).mean(0).tolist(),
        chiSquare=float(chi.statistic), chiSquareP=float(chi.pvalue),
        f=float(f), fP=float(stats.f.sf(f, k - 1, (k - 1) * (n - 1))),
        wilcoxon=[wilcoxon(x[:, i] - x[:, j]) for i, j in itertools.combinations(range(k), 2)],
        cd=float(stats.studentized_range.isf(0.05, k, np.inf) / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * n))))

def main(studies):
    return [study(scores) for scores in studies]
`;

interface Reference {
  ranks: number[];
  chiSquare: number;
  chiSquareP: number;
  f: number;
  fP: number;
  wilcoxon: number[];
  cd: number;
}

describe('compareOverDatasets', () => {
  testWithPython('agrees with SciPy, with ties and zeros as without', async ({ python }) => {
    const expected = (await python(reference, studies)) as Reference[];
    studies.forEach((scores, i) => {
      const { averageRanks, friedman, pairs, criticalDifference } = compareOverDatasets(scores, { seed });
      const wanted = expected[i];
      expectClose(averageRanks, wanted.ranks);
      expectClose(
        [friedman.chiSquare, friedman.chiSquareP, friedman.f ?? NaN, friedman.fP ?? NaN],
        [wanted.chiSquare, wanted.chiSquareP, wanted.f, wanted.fP],
      );
      expectClose(
        pairs.map(({ p }) => p),
        wanted.wilcoxon,
      );
      expect(criticalDifference).toBeCloseTo(wanted.cd, 7);
    });
  });

  test('ranks the lowest loss first when lower is better', () => {
    const losses = [
      [0.3, 0.1, 0.2],
      [0.5, 0.2, 0.2],
    ];
    expect(compareOverDatasets(losses, { seed, better: 'lower' }).averageRanks).toEqual([3, 1.25, 1.75]);
    expect(compareOverDatasets(losses, { seed }).averageRanks).toEqual([1, 2.75, 2.25]);
  });

  test('tells a method that is always best from two that take turns', () => {
    const scores = Array.from({ length: 12 }, (_, i) => [i % 3 === 0 ? 0.52 : 0.48, 0.5, 0.9]);
    const { groups, friedman } = compareOverDatasets(scores, { seed });
    expect(groups.wilcoxon).toEqual([[1, 0]]);
    expect(groups.nemenyi).toEqual([[1, 0]]);
    expect(friedman.permutationP).toBe(1e-4);
  });

  test('cannot tell methods apart on four data sets, and says so', () => {
    const scores = Array.from({ length: 4 }, (_, i) => [0.5 + i / 100, 0.7 + i / 100, 0.9 + i / 100]);
    const { friedman, groups, smallestP } = compareOverDatasets(scores, { seed });
    expect(smallestP).toBe(0.125);
    expect(groups.wilcoxon).toEqual([[2, 1, 0]]);
    // All rank alike: nothing is left below Iman and Davenport's line; by shuffling, p is 6 in 6⁴.
    expect(friedman).toMatchObject({ chiSquare: 8, f: null, fP: null });
    expect(Math.abs(friedman.permutationP - 6 / 6 ** 4)).toBeLessThan(0.003);
  });

  test('finds nothing where all methods tie', () => {
    const { friedman, groups } = compareOverDatasets([[1, 1, 1], [2, 2, 2]], { seed }); // prettier-ignore
    expect(friedman).toEqual({ chiSquare: 0, chiSquareP: 1, f: 0, fP: 1, permutationP: 1 });
    expect(groups.nemenyi).toEqual([[0, 1, 2]]);
  });

  test('refuses one data set, one method, ragged rows and missing scores', () => {
    expect(() => compareOverDatasets([[1, 2]], { seed })).toThrow('found 1 and 2');
    expect(() => compareOverDatasets([[1], [2]], { seed })).toThrow('found 2 and 1');
    expect(() => compareOverDatasets([[1, 2], [1]], { seed })).toThrow(
      'data set 1: expected 2 methods, found 1',
    );
    expect(() => compareOverDatasets([[1, NaN], [1, 2]], { seed })).toThrow('data set 0'); // prettier-ignore
  });
});

describe('wilcoxonTest', () => {
  test('treats differences equal up to rounding as ties', () => {
    const decimals = [0.3 - 0.2, 0.1 - 0.2, 0.5 - 0.4, 0.9 - 0.4];
    expect(wilcoxonTest(decimals)).toEqual(wilcoxonTest([1, -1, 1, 5]));
  });

  test('is exact for a hundred data sets', () => {
    const oneSided = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(wilcoxonTest(oneSided).p).toBeCloseTo(2 ** -99, 40);
  });
});

describe('ranks', () => {
  test('average ties', () => {
    expect(ranks([30, 10, 20, 10, 10])).toEqual([5, 2, 4, 2, 2]);
    expect(ranks([0.3, 0.1 + 0.2, 0])).toEqual([2.5, 2.5, 1]);
  });
});

describe('groupsOf', () => {
  test('joins first and third without the second where only the second differs', () => {
    const differ = (i: number, j: number) => i !== j && (i === 1 || j === 1);
    expect(groupsOf([0, 1, 2], differ)).toEqual([[0, 2]]);
  });

  test('overlaps where differences are not transitive', () => {
    expect(groupsOf([3, 1, 0, 2], (i, j) => Math.abs(i - j) > 1)).toEqual([[3, 2], [1, 0], [1, 2]]); // prettier-ignore
  });

  test('is one group of a hundred methods that nothing tells apart', () => {
    const order = Array.from({ length: 100 }, (_, i) => i);
    expect(groupsOf(order, () => false)).toEqual([order]);
  });

  test('holds every pair that does not differ, and no other', () => {
    const graph = fc.array(fc.boolean(), { minLength: 15, maxLength: 15 });
    fc.assert(
      fc.property(graph, (edges) => {
        const differ = (i: number, j: number) =>
          i !== j && edges[(Math.max(i, j) * (Math.max(i, j) - 1)) / 2 + Math.min(i, j)];
        const groups = groupsOf([0, 1, 2, 3, 4, 5], differ);
        for (let i = 0; i < 6; i++) {
          for (let j = 0; j < i; j++) {
            const together = groups.some((group) => group.includes(i) && group.includes(j));
            expect(together).toBe(!differ(i, j));
          }
        }
        const inside = (a: number[], b: number[]) => a !== b && a.every((method) => b.includes(method));
        expect(groups.some((a) => groups.some((b) => inside(a, b)))).toBe(false);
      }),
    );
  });
});

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 10);
  });
}
