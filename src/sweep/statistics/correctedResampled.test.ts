import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { adviseSeeds } from './seedAdvice.js';
import { correctedResampledTest } from './correctedResampled.js';
import { comparePaired } from './paired.js';
import { summarize } from './summary.js';

const differences = [0.02, 0.05, -0.01, 0.03, 0.04];

const reference = `
import numpy as np
from scipy import stats

def compare(case):
    d, ratio = np.array(case['differences']), case['ratio']
    j = len(d)
    error = np.sqrt((1 / j + ratio) * np.var(d, ddof=1))
    t = stats.t(df=j - 1)
    lower, upper = stats.t.interval(case['level'], j - 1, loc=d.mean(), scale=error)
    return [float(2 * t.sf(abs(d.mean() / error))), float(lower), float(upper)]

def main(cases):
    return [compare(case) for case in cases]
`;

describe('the corrected resampled t-test', () => {
  test('of five folds by hand: s² = 5.3e-4, t = 0.026 / √((1/5 + 1/4)·s²) = 1.6836, four degrees of freedom', () => {
    const { p, interval } = correctedResampledTest(differences, 0.25, 0.95);
    // t = 1.683562; P(|T₄| ≥ t) = 1 − x·(3 − x²)/2 with x = t / √(4 + t²).
    const t = 0.026 / Math.sqrt(0.45 * 5.3e-4);
    const x = t / Math.sqrt(4 + t ** 2);
    expect(t).toBeCloseTo(1.683562, 5);
    expect(p).toBeCloseTo(1 - (x * (3 - x ** 2)) / 2, 12);
    // The critical t₄ at 5 % is 2.776445.
    expect(interval?.lower).toBeCloseTo(0.026 - 2.776445 * Math.sqrt(0.45 * 5.3e-4), 7);
    expect(interval?.upper).toBeCloseTo(0.026 + 2.776445 * Math.sqrt(0.45 * 5.3e-4), 7);
  });

  testWithPython('agrees with SciPy, which without overlap is its paired t-test', async ({ python }) => {
    const cases = [0, 1 / 9, 0.25, 1.0, 2.5].flatMap((ratio) =>
      [differences, [0.1, 0.2], [...differences, 0.01, 0.08, -0.06, 0, 0.02]].map((list) => ({
        ...{ differences: list, ratio, level: 0.9 },
      })),
    );
    const expected = (await python(reference, cases)) as [number, number, number][];
    for (const [i, { differences: list, ratio, level }] of cases.entries()) {
      const { p, interval } = correctedResampledTest(list, ratio, level);
      expect(p).toBeCloseTo(expected[i][0], 10);
      expect(interval?.lower).toBeCloseTo(expected[i][1], 10);
      expect(interval?.upper).toBeCloseTo(expected[i][2], 10);
    }
  });

  test('says nothing where there is no spread', () => {
    expect(correctedResampledTest([0.1, 0.1], 0.25, 0.95)).toEqual({ p: 1, interval: null });
    expect(correctedResampledTest([0.1], 0.25, 0.95)).toEqual({ p: 1, interval: null });
  });

  test('takes the place of sign flips and bootstrap where replicates overlap, of differences and of means', () => {
    const zeros = differences.map(() => 0);
    const options = { seed: 1, level: 0.95, testToTrain: 0.25 };
    const paired = comparePaired(differences, zeros, options);
    expect(paired).toMatchObject({
      ...correctedResampledTest(differences, 0.25, 0.95),
      ...{ testToTrain: 0.25, exact: false, smallestP: 0 },
    });
    expect(comparePaired(differences, zeros, { seed: 1 })).toMatchObject({ testToTrain: null, p: 0.125 });
    expect(summarize(differences, options).interval).toEqual(paired.interval);
    // Further replicates of the same recordings are no further evidence: their number is no advice.
    expect(adviseSeeds(paired, 0.2)).toMatchObject({
      verdict: 'inconclusive',
      fewestSeeds: 2,
      seedsForObserved: null,
      sentence:
        'The difference of 0.026 is not significant at the 5 % level (p = 0.2, 5 seeds), which does not show that there is none.',
    });
  });
});
