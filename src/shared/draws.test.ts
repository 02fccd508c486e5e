// Draws have the distributions that they are named for, as SciPy's tests of fit see them.
import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../test/support/python.js';
import { generatorFor, normals, symmetricBeta, uniform, uniformWhole } from './draws.js';

const draws = 4000;

/** One number from each of many generators, as augmentation draws them: what later numbers hide would show here. */
function fromMany(draw: (random: ReturnType<typeof generatorFor>) => number): number[] {
  return Array.from({ length: draws }, (_, i) => draw(generatorFor(1, 'draws', i)));
}

const fits = `
import numpy as np
from scipy.special import betainc, ndtr

def distance(sample, cdf):
    """Kolmogorov and Smirnov's, times the root of n: above 1.63 in one of a hundred samples that fit."""
    n = len(sample)
    expected = cdf(np.sort(sample))
    return max(np.max(np.arange(1, n + 1) / n - expected), np.max(expected - np.arange(n) / n)) * np.sqrt(n)

def main(samples):
    cdfs = dict(uniform=lambda x: x, normal=ndtr, second=ndtr,
                **{f'beta{a}': lambda x, a=a: betainc(a, a, x) for a in (0.2, 1, 3)})
    return {name: distance(sample, cdfs[name]) for name, sample in samples.items()}
`;

testWithPython('uniform, normal and beta numbers fit their distributions', async ({ python }) => {
  const samples = {
    uniform: fromMany(uniform),
    normal: fromMany((random) => normals(random, 1)[0]),
    second: fromMany((random) => normals(random, 2)[1]),
    'beta0.2': fromMany((random) => symmetricBeta(random, 0.2)),
    beta1: fromMany((random) => symmetricBeta(random, 1)),
    beta3: fromMany((random) => symmetricBeta(random, 3)),
  };
  const distances = (await python(fits, samples)) as Record<string, number>;
  expect(Object.entries(distances).filter(([, distance]) => !(distance < 1.63))).toEqual([]);
  expect(Object.keys(distances)).toHaveLength(6);
});

describe('normals', () => {
  test('are independent of each other in their pairs', () => {
    const pairs = Array.from({ length: draws }, (_, i) => normals(generatorFor(i), 2));
    const correlation = pairs.reduce((sum, [a, b]) => sum + a * b, 0) / draws;
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(draws));
  });

  test('begin alike, however many are drawn', () => {
    expect(Array.from(normals(generatorFor(3), 5))).toEqual(
      Array.from(normals(generatorFor(3), 8).subarray(0, 5)),
    );
  });
});

test('a beta number stays between 0 and 1 where its parameter is tiny', () => {
  const sample = fromMany((random) => symmetricBeta(random, 0.01));
  expect(sample.every((value) => value >= 0 && value <= 1)).toBe(true);
  const mean = sample.reduce((sum, value) => sum + value, 0) / draws;
  expect(Math.abs(mean - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(draws));
});

test('whole numbers are drawn from both ends of their range', () => {
  expect(new Set(fromMany((random) => uniformWhole(random, -1, 1)))).toEqual(new Set([-1, 0, 1]));
});
