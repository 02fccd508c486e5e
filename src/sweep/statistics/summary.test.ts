import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { bootstrapMeans, meanInterval } from './bootstrap.js';
import { summarize } from './summary.js';

/** Accuracies on 370 recordings, which often tie; skewed losses; and values with an outlier. */
const samples = [
  [362, 365, 361, 366, 365, 362, 359, 366, 364, 365].map((right) => right / 370),
  [0.021, 0.034, 0.019, 0.08, 0.025, 0.041, 0.022, 0.15],
  [0.9, 0.91, 0.92, 0.93, 0.5],
  [0.25, 0.75],
];

describe('summarize', () => {
  test('gives mean and deviation', () => {
    const { interval, ...summary } = summarize([4, 1, 2, 9], { seed: 1 });
    expect(summary).toEqual({ n: 4, mean: 4, sd: Math.sqrt(38 / 3) });
    expect(interval?.level).toBe(0.95);
  });

  test('of one run has no deviation and no interval', () => {
    expect(summarize([0.7], { seed: 1 })).toMatchObject({ n: 1, mean: 0.7, sd: null, interval: null });
  });

  test('of equal runs has an interval without width, whatever rounding does to their mean', () => {
    const value = 0.1;
    expect(summarize([value, value, value], { seed: 1 })).toMatchObject({
      mean: value,
      sd: 0,
      interval: { lower: value, upper: value },
    });
  });

  test('refuses no runs, and runs without a finite value', () => {
    expect(() => summarize([], { seed: 1 })).toThrow('found none');
    expect(() => summarize([1, NaN], { seed: 1 })).toThrow('found NaN at position 1');
    expect(() => summarize([1, 2], { seed: 1, level: 95 })).toThrow('found 95');
  });
});

const reference = `
import numpy as np
from scipy import stats

def bca(x, means, level):
    """Efron's formulas, written out, on the very resamples that are given."""
    x, means = np.array(x), np.array(means)
    n, estimate = len(x), x.mean()
    close = np.isclose(means, estimate, rtol=1e-12, atol=0)
    bias = stats.norm.ppf(((means < estimate) & ~close).mean() + close.mean() / 2)
    left_out = np.array([np.delete(x, i).mean() for i in range(n)])
    jack = left_out.mean() - left_out
    acceleration = (jack ** 3).sum() / (6 * (jack ** 2).sum() ** 1.5)
    z = bias + stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    return np.quantile(means, stats.norm.cdf(bias + z / (1 - acceleration * z))).tolist()

def main(data):
    exact = [bca(x, m, data['level']) for x, m in zip(data['samples'], data['means'])]
    scipy = []
    for x in data['samples']:
        found = stats.bootstrap((np.array(x),), np.mean, method='BCa', confidence_level=data['level'],
                                n_resamples=50000, rng=np.random.default_rng(1))
        scipy.append([float(found.confidence_interval.low), float(found.confidence_interval.high)])
    return dict(exact=exact, scipy=scipy)
`;

describe('the BCa interval of the mean', () => {
  testWithPython('follows the formulas exactly, and SciPy up to the resamples drawn', async ({ python }) => {
    const options = { seed: 3, level: 0.9 };
    const found = await python(reference, {
      samples,
      means: samples.map((sample) => Array.from(bootstrapMeans(sample, options))),
      level: options.level,
    });
    const { exact, scipy } = found as Record<'exact' | 'scipy', [number, number][]>;
    samples.forEach((sample, i) => {
      const interval = meanInterval(sample, options);
      const width = Math.max(...sample) - Math.min(...sample);
      expect(interval?.lower).toBeCloseTo(exact[i][0], 12);
      expect(interval?.upper).toBeCloseTo(exact[i][1], 12);
      expect(Math.abs((interval?.lower ?? NaN) - scipy[i][0])).toBeLessThan(0.02 * width);
      expect(Math.abs((interval?.upper ?? NaN) - scipy[i][1])).toBeLessThan(0.02 * width);
    });
  });

  test('is the same for the same seed and moves with the values', () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 1e6 }), (sample, seed) => {
        const options = { seed, resamples: 200 };
        const interval = meanInterval(sample, options);
        expect(meanInterval(sample, options)).toEqual(interval);
        const moved = meanInterval(
          sample.map((value) => 2 * value + 5),
          options,
        );
        expect(moved?.lower).toBeCloseTo(2 * (interval?.lower ?? NaN) + 5, 9);
        expect(moved?.upper).toBeCloseTo(2 * (interval?.upper ?? NaN) + 5, 9);
      }),
      { numRuns: 50 },
    );
  });
});
