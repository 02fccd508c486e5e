import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { uniforms } from '../../../test/support/random.js';
import { normalCdf } from './distributions.js';
import { effectSize } from './effectSize.js';
import { probabilityOfImprovement } from './improvement.js';
import { comparePaired, pairBySeed } from './paired.js';
import { fewestSeeds, signFlipTest, smallestSignFlipP } from './signFlip.js';

const seed = 5;

/** Accuracies on 20 recordings: small numbers of right answers give many ties and zeros. */
function accuracies(n: number, stream: number, lead: number): number[] {
  const next = uniforms(stream);
  return Array.from({ length: n }, () => (12 + lead + Math.floor(next() * 6)) / 20);
}

const pairs = [2, 3, 6, 10, 13].map((n) => ({ a: accuracies(n, n, 1), b: accuracies(n, n + 100, 0) }));

const reference = `
import numpy as np
from scipy import stats
from scipy.special import gamma

def compare(a, b):
    a, b = np.array(a), np.array(b)
    # Whole right answers, so that ties are ties.
    d = np.round((a - b) * 20)
    test = stats.permutation_test((d,), np.sum, permutation_type='samples', n_resamples=np.inf)
    m = len(d) - 1
    dz = d.mean() / d.std(ddof=1) if d.std() else None
    correction = gamma(m / 2) / (np.sqrt(m / 2) * gamma((m - 1) / 2)) if m > 1 else None
    u = stats.mannwhitneyu(a, b).statistic / len(a) / len(b)
    return dict(p=float(test.pvalue), dz=dz, gz=dz * correction if dz is not None and m > 1 else None, improvement=float(u))

def main(data):
    return [compare(pair['a'], pair['b']) for pair in data]
`;

describe('comparePaired', () => {
  testWithPython(
    'agrees with SciPy: exact sign flips with ties and zeros, effect size, Mann and Whitney',
    async ({ python }) => {
      const expected = (await python(reference, pairs)) as Record<string, number | null>[];
      pairs.forEach(({ a, b }, i) => {
        const { p, exact, effect, improvement } = comparePaired(a, b, { seed });
        expect(exact).toBe(true);
        expect(p).toBeCloseTo(expected[i].p ?? NaN, 12);
        expectClose(effect.cohenDz, expected[i].dz);
        expectClose(effect.hedgesGz, expected[i].gz);
        expect(improvement.value).toBeCloseTo(expected[i].improvement ?? NaN, 12);
      });
    },
  );

  test('takes the difference as first minus second, and says which runs improve', () => {
    const losses = comparePaired([0.5, 0.4, 0.3], [0.6, 0.7, 0.8], { seed, better: 'lower' });
    expect(losses.difference).toBeCloseTo(-0.3, 12);
    expect(losses.interval?.upper).toBeLessThan(0);
    expect(losses.improvement.value).toBe(1);
    expect(losses.p).toBe(0.25);
  });

  test('of one pair has a difference and nothing that tells how sure it is', () => {
    expect(comparePaired([0.9], [0.8], { seed })).toMatchObject({
      n: 1,
      sd: null,
      interval: null,
      p: 1,
      effect: { cohenDz: null, hedgesGz: null },
      improvement: { value: 1, interval: null },
    });
  });

  test('refuses cells of different length', () => {
    expect(() => comparePaired([1, 2], [1], { seed })).toThrow('found 2 and 1');
  });

  test('pairs by seed, and names the seeds that only one cell has', () => {
    const a = new Map([['1', 0.9], ['2', 0.8], ['4', 0.7]]); // prettier-ignore
    const b = new Map([['4', 0.5], ['1', 0.6], ['9', 0.1]]); // prettier-ignore
    expect(pairBySeed(a, b)).toEqual({
      seeds: ['1', '4'],
      a: [0.9, 0.7],
      b: [0.6, 0.5],
      unpaired: ['2', '9'],
    });
  });
});

describe('signFlipTest', () => {
  test('counts sums that differ by rounding alone as equal', () => {
    // 0.3 − 0.2 − 0.1 is not 0 in floating point; by whole numbers p is 1.
    expect(signFlipTest([0.3, -0.2, -0.1], { seed }).p).toBe(1);
    expect(signFlipTest([0.1, 0.2, 0.3, -0.3], { seed }).p).toBe(signFlipTest([1, 2, 3, -3], { seed }).p);
  });

  test('gives p = 1 when no seed differs, and says that nothing smaller was possible', () => {
    expect(signFlipTest([0, 0, 0], { seed })).toEqual({ p: 1, exact: true, smallestP: 1 });
  });

  test('with all signs alike reaches the smallest p, to which zeros add nothing', () => {
    const { p, smallestP } = signFlipTest([0.1, 0.3, 0.2, 0, 0.05, 0], { seed });
    expect([p, smallestP]).toEqual([0.125, 0.125]);
  });

  test('samples patterns for many seeds, close to the exact p and never 0', () => {
    const next = uniforms(8);
    const many = Array.from({ length: 40 }, () => next() - 0.42);
    // The same p by the normal approximation, which is good for 40 even differences.
    const { p, exact } = signFlipTest(many, { seed });
    expect(exact).toBe(false);
    const z = Math.abs(many.reduce((s, d) => s + d, 0)) / Math.sqrt(many.reduce((s, d) => s + d * d, 0));
    expect(Math.abs(p - 2 * normalCdf(-z))).toBeLessThan(0.01);
    expect(signFlipTest(new Array<number>(40).fill(1), { seed }).p).toBe(1 / 100_000);
    expect(signFlipTest(many, { seed }).p).toBe(p);
  });

  test('cannot reach 5 % with five seeds, but with six', () => {
    expect([smallestSignFlipP(0), smallestSignFlipP(5), smallestSignFlipP(6)]).toEqual([1, 0.0625, 0.03125]);
    expect([fewestSeeds(0.05), fewestSeeds(0.0625), fewestSeeds(0.05 / 20)]).toEqual([6, 5, 10]);
  });
});

describe('effectSize', () => {
  test('is 0 without any difference and undefined for a difference without spread', () => {
    expect(effectSize([0, 0, 0])).toEqual({ cohenDz: 0, hedgesGz: 0 });
    expect(effectSize([0.3 - 0.2, 0.2 - 0.1, 0.9 - 0.8])).toEqual({ cohenDz: null, hedgesGz: null });
  });
});

describe('probabilityOfImprovement', () => {
  test('counts ties half and turns round with the cells', () => {
    const [a, b] = [[3, 1, 2], [2, 2, 0]]; // prettier-ignore
    const forward = probabilityOfImprovement(a, b, { seed });
    const backward = probabilityOfImprovement(b, a, { seed });
    // 3 beats all; 1 beats 0; 2 ties twice and beats 0.
    expect(forward.value).toBeCloseTo((3 + 1 + 2) / 9, 12);
    expect(forward.value + backward.value).toBeCloseTo(1, 12);
    expect(forward.interval?.lower).toBeCloseTo(1 - (backward.interval?.upper ?? NaN), 12);
  });

  test('has an interval that narrows with the number of runs', () => {
    const width = (n: number) => {
      const { interval } = probabilityOfImprovement(accuracies(n, 1, 0), accuracies(n, 2, 0), {
        seed,
        resamples: 1000,
      });
      return (interval?.upper ?? NaN) - (interval?.lower ?? NaN);
    };
    expect(width(40)).toBeLessThan(0.6 * width(8));
  });
});

function expectClose(found: number | null, expected: number | null): void {
  if (found === null || expected === null) expect(found).toBe(expected);
  else expect(found).toBeCloseTo(expected, 10);
}
