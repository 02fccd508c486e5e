import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import {
  chiSquareUpperTail,
  fUpperTail,
  noncentralTCdf,
  normalCdf,
  normalQuantile,
  studentCritical,
  studentizedRangeCritical,
  studentTwoSided,
} from './distributions.js';

const reference = `
from scipy import stats
inf = float('inf')
functions = dict(
    normalCdf=stats.norm.cdf,
    normalQuantile=stats.norm.ppf,
    studentTwoSided=lambda t, nu: 2 * stats.t.sf(abs(t), nu),
    studentCritical=lambda p, nu: stats.t.isf(p / 2, nu),
    noncentralTCdf=stats.nct.cdf,
    fUpperTail=stats.f.sf,
    chiSquareUpperTail=stats.chi2.sf,
    studentizedRangeCritical=lambda p, k: stats.studentized_range.isf(p, k, inf))

def main(cases):
    return [[float(functions[name](*arguments)) for arguments in rows] for name, rows in cases]
`;

/** Name, function, arguments and the relative tolerance. */
const cases: readonly [string, (...numbers: number[]) => number, number[][], number][] = [
  ['normalCdf', normalCdf, [[-30], [-8], [-1.96], [-0.01], [0], [0.3], [1.7], [6]], 1e-12],
  ['normalQuantile', normalQuantile, [[1e-300], [1e-9], [0.025], [0.4], [0.5], [0.975], [0.999999]], 1e-11],
  ['studentTwoSided', studentTwoSided, [[0, 3], [0.2, 1], [-2.3, 9], [40, 9], [1.9, 199], [2, 100_000]], 1e-10],
  ['studentCritical', studentCritical, [[0.05, 1], [0.05, 9], [0.001, 4], [0.05, 1000], [0.9, 5]], 1e-10],
  ['noncentralTCdf', noncentralTCdf, [[2, 9, 1.5], [2, 1, 0.5], [3, 2, 4], [-2, 3, 0.5], [2, 499, 2.8], [1.96, 99_999, 2.8]], 1e-6],
  ['fUpperTail', fUpperTail, [[0, 2, 5], [0.3, 1, 9], [3.3, 4, 36], [25, 7, 21], [2, 30, 500]], 1e-11],
  ['chiSquareUpperTail', chiSquareUpperTail, [[0, 2], [0.5, 1], [3.3, 4], [11, 4], [90, 30]], 1e-11],
  ['studentizedRangeCritical', studentizedRangeCritical, [[0.05, 2], [0.05, 5], [0.1, 10], [0.01, 3], [0.05, 30]], 1e-8],
]; // prettier-ignore

describe('distributions', () => {
  testWithPython('agree with SciPy, tails included', async ({ python }) => {
    const expected = await python(
      reference,
      cases.map(([name, , rows]) => [name, rows]),
    );
    const differences = cases.flatMap(([name, compute, rows, tolerance], c) =>
      rows.flatMap((row, r) => {
        const wanted = (expected as number[][])[c][r];
        const got = compute(...row);
        return Math.abs(got - wanted) <= tolerance * Math.abs(wanted) + 1e-300
          ? []
          : [{ name, row, got, wanted }];
      }),
    );
    expect(differences).toEqual([]);
  });

  test('the normal quantile is infinite at the ends', () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });

  test('the critical values are those of printed tables', () => {
    expect(studentizedRangeCritical(0.05, 5) / Math.SQRT2).toBeCloseTo(2.728, 3);
    expect(studentCritical(0.05, 9)).toBeCloseTo(2.262, 3);
  });
});
