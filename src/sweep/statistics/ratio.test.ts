import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { uniforms } from '../../../test/support/random.js';
import { closedFormRatio, fitClosedFormRatio, fitCurvature } from './closedFormRatio.js';
import { nonIncreasingFit } from './isotonic.js';
import { paretoFront } from './pareto.js';
import { sufficientRatio } from './sufficientRatio.js';

const ratios = [2, 4, 8, 16, 32];
const options = { seed: 4, resamples: 1000 };
const layers = { channels: [128, 256], parameterPrice: 1e-7 };

/** `[ratios, seeds]`: a curve, a level of each seed, and noise. */
function study(curve: readonly number[], seeds: number, noise: number): number[][] {
  const next = uniforms(seeds + 1);
  const levels = Array.from({ length: seeds }, () => 0.1 * next());
  return curve.map((value) => levels.map((level) => value + level + noise * (next() - 0.5)));
}

const reference = `
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression

def main(data):
    r, losses = np.array(data['ratios'], float), np.array(data['losses'])
    fit = np.polyfit(r ** 2 / 2, losses.mean(1), 1)
    predicted = np.polyval(fit, r ** 2 / 2)
    explained = 1 - ((losses.mean(1) - predicted) ** 2).sum() / ((losses.mean(1) - losses.mean()) ** 2).sum()
    objective = lambda x: data['curvature'] * x ** 2 / 2 + data['price'] * sum(2 * c ** 2 / x for c in data['channels'])
    best = minimize_scalar(objective, bounds=(0.1, 1000), method='bounded', options=dict(xatol=1e-9)).x
    isotonic = [IsotonicRegression(increasing=False).fit_transform(range(len(y)), y).tolist() for y in data['curves']]
    return dict(curvature=float(fit[0]), explained=float(explained), best=float(best), isotonic=isotonic)
`;

describe('the fits against the ratio', () => {
  const losses = study(
    ratios.map((r) => 0.3 + 5e-5 * r ** 2 + 0.001 * Math.log(r)),
    8,
    0.01,
  );
  const curves = [[5, 4, 4, 6, 1], [1, 2, 3], [3, 3, 1, 2, 1.5, 0], [7]]; // prettier-ignore

  testWithPython('agree with NumPy, SciPy and scikit-learn', async ({ python }) => {
    const curvature = 3e-4;
    const expected = (await python(reference, {
      ratios,
      losses,
      curves,
      curvature,
      channels: layers.channels,
      price: layers.parameterPrice,
    })) as { curvature: number; explained: number; best: number; isotonic: number[][] };
    const fit = fitCurvature(ratios, losses, options);
    expect(fit.curvature).toBeCloseTo(expected.curvature, 12);
    expect(fit.explained).toBeCloseTo(expected.explained, 10);
    expect(closedFormRatio(curvature, layers)).toBeCloseTo(expected.best, 4);
    curves.forEach((curve, i) => {
      nonIncreasingFit(curve).forEach((value, j) => {
        expect(value).toBeCloseTo(expected.isotonic[i][j], 12);
      });
    });
  });
});

describe('fitClosedFormRatio', () => {
  test('finds the ratio from a loss that rises with the square, beneath levels of seeds', () => {
    const losses = study(ratios.map((r) => 0.3 + 0.5 * 3e-4 * r ** 2), 8, 0.001); // prettier-ignore
    const { ratio, ratioInterval, explained, p, sentence } = fitClosedFormRatio(ratios, losses, {
      ...options,
      ...layers,
    });
    const exact = closedFormRatio(3e-4, layers);
    expect(p).toBe(2 / 2 ** 8);
    expect(Math.abs((ratio ?? NaN) - exact)).toBeLessThan(0.02 * exact);
    expect(ratioInterval?.lower).toBeLessThan(ratio ?? NaN);
    expect(ratioInterval?.upper).toBeGreaterThan(ratio ?? NaN);
    expect(explained).toBeGreaterThan(0.99);
    expect(sentence).toMatch(/^At 1e−7 of loss a parameter the best ratio is 3\.8 /);
  });

  test('says that the data cannot tell where the curvature drowns in noise, or seeds are too few', () => {
    const flat = fitClosedFormRatio(ratios, study([0.3, 0.3, 0.3, 0.3, 0.3001], 8, 0.2), {
      ...options,
      ...layers,
    });
    expect(flat.ratio).toBeNull();
    const clear = study(ratios.map((r) => 3e-4 * r ** 2), 5, 0.001); // prettier-ignore
    const few = fitClosedFormRatio(ratios, clear, { ...options, ...layers });
    expect(few).toMatchObject({ ratio: null, ratioInterval: null, p: 0.0625 });
    expect(few.sentence).toContain('cannot tell');
  });

  test('has no minimum where the loss falls with the ratio', () => {
    const falling = study(ratios.map((r) => 0.9 - 3e-4 * r ** 2), 8, 0.001); // prettier-ignore
    expect(fitClosedFormRatio(ratios, falling, { ...options, ...layers }).sentence).toContain(
      'does not rise',
    );
    expect(() => closedFormRatio(-1, layers)).toThrow('found -1');
  });
});

describe('sufficientRatio', () => {
  test('is the largest ratio that loses no more than noise', () => {
    const accuracy = study([0.95, 0.95, 0.95, 0.9, 0.8], 10, 0.01);
    const found = sufficientRatio(ratios, accuracy, options);
    expect(found.sufficient).toBe(8);
    const shares = found.points.map(({ share }) => share);
    expect(shares.reduce((total, share) => total + share)).toBeCloseTo(1, 12);
    expect(shares[3] + shares[4]).toBe(0);
    expect(found.interval?.upper).toBe(8);
    // The levels of the seeds differ by ten times the noise, and do not matter, since seeds are paired.
    expect(found.points[4].interval?.upper).toBeLessThan(found.points[0].mean);
  });

  test('calls noise what is at most one standard error of the paired difference', () => {
    // Standard error 0.048 (standard deviation 0.096) beneath losses of 0.025 and 0.075.
    const within = sufficientRatio([2, 4], [[1, 1, 1, 1], [0.9, 1.1, 0.9, 1]], options); // prettier-ignore
    const beyond = sufficientRatio([2, 4], [[1, 1, 1, 1], [0.8, 1, 0.9, 1]], options); // prettier-ignore
    expect([within.best, within.sufficient]).toEqual([2, 4]);
    expect([beyond.best, beyond.sufficient]).toEqual([2, 2]);
  });

  test('is the same for losses, lower being better, with the curve turned over', () => {
    const accuracy = study([0.95, 0.95, 0.95, 0.9, 0.8], 10, 0.01);
    const losses = accuracy.map((row) => row.map((value) => -value));
    const up = sufficientRatio(ratios, accuracy, options);
    const down = sufficientRatio(ratios, losses, { ...options, better: 'lower' });
    expect([down.best, down.sufficient]).toEqual([up.best, up.sufficient]);
    expect(down.points.map(({ fitted }) => -fitted)).toEqual(up.points.map(({ fitted }) => fitted));
    expect(down.points[3].interval?.lower).toBeCloseTo(-(up.points[3].interval?.upper ?? NaN), 12);
  });

  test('takes the largest of ratios that are all alike, and is unsure where noise decides', () => {
    const alike = ratios.map(() => [0.9, 0.8, 0.7]);
    expect(sufficientRatio(ratios, alike, options)).toMatchObject({ best: 32, sufficient: 32 });
    const noisy = sufficientRatio(ratios, study([0.9, 0.9, 0.9, 0.9, 0.895], 6, 0.05), options);
    expect(noisy.points.filter(({ share }) => share > 0.02).length).toBeGreaterThan(1);
  });

  test('of one seed is the best ratio, without an interval', () => {
    const found = sufficientRatio([2, 4, 8], [[0.8], [0.9], [0.85]], options);
    expect(found).toMatchObject({ best: 4, sufficient: 4, interval: null });
    expect(found.points[0]).toMatchObject({ interval: null });
  });

  test('refuses ratios out of order and seeds that are missing', () => {
    expect(() => sufficientRatio([4, 2], [[1], [2]], options)).toThrow('found 4, 2');
    expect(() => sufficientRatio([2, 4], [[1, 2], [2]], options)).toThrow('found rows of 2, 1');
  });
});

describe('paretoFront', () => {
  test('keeps what is cheapest or best for its cost, equal points both', () => {
    const points = [[3, 0.9], [1, 0.5], [2, 0.5], [2, 0.8], [2, 0.8], [4, 0.9], [1, 0.4]]; // prettier-ignore
    expect(paretoFront(points.map(([cost, value]) => ({ cost, value })))).toEqual([1, 3, 4, 0]);
  });

  test('holds exactly the points that no other beats', () => {
    const point = fc.record({ cost: fc.integer({ min: 0, max: 6 }), value: fc.integer({ min: 0, max: 6 }) });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 12 }), (points) => {
        const beaten = points.map((p) =>
          points.some(
            (q) => q.cost <= p.cost && q.value >= p.value && (q.cost < p.cost || q.value > p.value),
          ),
        );
        const expected = points.flatMap((_, i) => (beaten[i] ? [] : [i]));
        expect(paretoFront(points).toSorted((a, b) => a - b)).toEqual(expected);
      }),
    );
  });
});
