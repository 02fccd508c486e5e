import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { pairedPower, seedsNeeded } from './power.js';
import { adviseSeeds } from './seedAdvice.js';

const reference = `
import numpy as np
from scipy import stats

def power(n, effect, level):
    critical = stats.t.isf(level / 2, n - 1)
    center = np.sqrt(n) * effect
    return stats.nct.sf(critical, n - 1, center) + stats.nct.cdf(-critical, n - 1, center)

def needed(effect, level, wanted):
    n = max(2, int(np.ceil(np.log2(2 / level))))
    while power(n, effect, level) < wanted:
        n += 1
    return n

def main(data):
    return dict(power=[float(power(*case)) for case in data['power']],
                needed=[needed(*case) for case in data['needed']])
`;

describe('seedsNeeded', () => {
  testWithPython("agrees with SciPy's noncentral t", async ({ python }) => {
    const power = [[5, 0.8, 0.05], [2, 1, 0.05], [20, 0.3, 0.01], [400, 0.14, 0.05], [10, 0, 0.05]]; // prettier-ignore
    const needed = [[0.5, 0.05, 0.8], [0.1, 0.05, 0.8], [1.2, 0.01, 0.9], [3, 0.05, 0.8], [0.4, 0.05 / 20, 0.8]]; // prettier-ignore
    const expected = (await python(reference, { power, needed })) as Record<'power' | 'needed', number[]>;
    power.forEach(([n, effect, level], i) => {
      expect(pairedPower(n, effect, level)).toBeCloseTo(expected.power[i], 7);
    });
    expect(
      needed.map(([effect, level, wanted]) => seedsNeeded(effect * 0.02, 0.02, { level, power: wanted })),
    ).toEqual(expected.needed);
  });

  test('never asks for fewer seeds than a sign-flip test needs, however clear the difference', () => {
    expect(seedsNeeded(5, 0.001)).toBe(6);
    expect(seedsNeeded(-5, 0)).toBe(6);
  });

  test('has no answer for no difference, or one too small to be found', () => {
    expect(seedsNeeded(0, 0.1)).toBeNull();
    expect(seedsNeeded(1e-5, 0.1)).toBeNull();
  });

  test('refuses a power given as a percentage', () => {
    expect(() => seedsNeeded(0.1, 0.1, { power: 80 })).toThrow('found 80');
  });
});

describe('adviseSeeds', () => {
  test('says that a study has too few seeds for any result, and how many it takes', () => {
    const advice = adviseSeeds({ n: 4, difference: 0.03, sd: 0.01 }, 0.125);
    expect(advice).toMatchObject({ verdict: 'too few seeds', fewestSeeds: 6, seedsForObserved: 6 });
    expect(advice.sentence).toBe(
      'With 4 seeds no p-value can be below 0.13, so nothing can be significant at the 5 % level; that takes at least ' +
        '6 seeds. If differences keep their standard deviation of 0.01, showing the observed difference of 0.03 takes ' +
        'about 6 seeds with 80 % power.',
    );
  });

  test('counts the correction for a family: six seeds do for one comparison, not for twenty', () => {
    const comparison = { n: 6, difference: 0.03, sd: 0.04 };
    expect(adviseSeeds(comparison, 0.0625).verdict).toBe('inconclusive');
    // After one rejection Holm asks for 0.05 / 1.
    const second = { level: 0.05, family: 2, significantOthers: 1 };
    expect(adviseSeeds({ n: 6, difference: 0.01, sd: 0.01 }, 0.0625, second).verdict).toBe('inconclusive');
    expect(adviseSeeds(comparison, 0.625, { family: 20 })).toMatchObject({
      verdict: 'too few seeds',
      fewestSeeds: 10,
    });
  });

  test('names the seeds for a difference of interest and for the observed one', () => {
    const advice = adviseSeeds({ n: 10, difference: -0.004, sd: 0.011 }, 0.2, { differenceOfInterest: 0.01 });
    expect(advice).toMatchObject({ verdict: 'inconclusive', seedsForInterest: 12, seedsForObserved: 62 });
    expect(advice.sentence).toContain(
      'a difference of 0.01 takes about 12 seeds and the observed difference of −0.004 takes about 62 seeds',
    );
  });

  test('does not call a significant difference short of seeds, nor equal runs inconclusive', () => {
    expect(adviseSeeds({ n: 10, difference: 0.03, sd: 0.01 }, 0.002).sentence).toBe(
      'The difference of 0.03 is significant at the 5 % level (p = 0.002, 10 seeds).',
    );
    expect(adviseSeeds({ n: 10, difference: 0, sd: 0 }, 1)).toMatchObject({
      verdict: 'identical',
      seedsForObserved: null,
    });
    expect(adviseSeeds({ n: 1, difference: 0.1, sd: null }, 1)).toMatchObject({
      verdict: 'too few seeds',
      seedsForObserved: null,
    });
  });

  test('counts no seeds by the spread of two or three', () => {
    const advice = adviseSeeds({ n: 2, difference: 0.001, sd: 0.014 }, 1, { differenceOfInterest: 0.01 });
    expect(advice).toMatchObject({ fewestSeeds: 6, seedsForObserved: null, seedsForInterest: null });
    expect(advice.sentence).toContain('that takes at least 6 seeds. The spread of 2 seeds does not tell');
  });
});
