import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { holm } from './holm.js';

const reference = `
import numpy as np

def main(families):
    adjusted = []
    for family in families:
        p = np.array(family)
        order = np.argsort(p, kind='stable')
        stepped = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
        corrected = np.empty(len(p))
        corrected[order] = stepped
        adjusted.append(corrected.tolist())
    return adjusted
`;

describe('holm', () => {
  testWithPython("agrees with statsmodels' definition in NumPy", async ({ python }) => {
    const families = [[0.01, 0.04, 0.03, 0.005], [0.5], [0.3, 0.3, 0.3], [0.9, 0.001, 0.02, 0.02, 0.5, 0]]; // prettier-ignore
    const expected = (await python(reference, families)) as number[][];
    families.forEach((family, i) => {
      holm(family).forEach((p, j) => {
        expect(p).toBeCloseTo(expected[i][j], 12);
      });
    });
  });

  test('steps down: the smallest of three is tripled, the next never falls below it', () => {
    expect(holm([0.04, 0.01, 0.5])).toEqual([0.08, 0.03, 0.5]);
    expect(holm([0.02, 0.02, 0.02])).toEqual([0.06, 0.06, 0.06]);
  });

  test('leaves missing p-values out of the family', () => {
    expect(holm([null, 0.02, null, 0.04])).toEqual([null, 0.04, null, 0.04]);
    expect(holm([null])).toEqual([null]);
  });

  test('refuses what is no probability', () => {
    expect(() => holm([0.1, NaN])).toThrow('p-value 1');
  });

  test('keeps the order, raises every p-value and stays at most 1', () => {
    const family = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(family, (p) => {
        const adjusted = holm(p).map((value) => value ?? NaN);
        adjusted.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(p[i]);
          expect(value).toBeLessThanOrEqual(1);
          adjusted.forEach((other, j) => {
            if (p[i] < p[j]) expect(value).toBeLessThanOrEqual(other);
          });
        });
      }),
    );
  });
});
