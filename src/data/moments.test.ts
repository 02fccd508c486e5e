import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MergedMoments, momentsOf, MomentSums } from './moments.js';

const value = fc.float({ min: -1000, max: 1000, noNaN: true });

/** Mean and standard deviation in two passes. */
function twoPasses(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, std: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) };
}

describe('moments', () => {
  it('are the mean and the sum of squared differences of each channel, missing values left out', () => {
    // Channels 1, 2, 6 and 5, missing, 5: means 3 and 5, squares 4 + 1 + 9 and 0.
    expect(momentsOf(Float32Array.of(1, 5, 2, NaN, 6, 5), 2)).toEqual(Float64Array.of(3, 3, 14, 2, 5, 0));
  });

  it('do not depend on the pieces in which steps come', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), fc.nat(30), (values, cut) => {
        const sums = new MomentSums(1);
        sums.add(Float32Array.from(values.slice(0, cut)));
        sums.add(Float32Array.from(values.slice(cut)));
        expect(sums.finish()).toEqual(momentsOf(Float32Array.from(values), 1));
      }),
    );
  });

  it('of recordings are put together to those of all steps', () => {
    const recording = fc.array(value, { minLength: 0, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(recording, { minLength: 1, maxLength: 8 }), (recordings) => {
        const merged = new MergedMoments(1);
        for (const each of recordings) merged.add(momentsOf(Float32Array.from(each), 1));
        const all = recordings.flat();
        const expected = all.length === 0 ? { mean: 0, std: 0 } : twoPasses(all);
        expect(merged.mean[0]).toBeCloseTo(expected.mean, 9);
        expect(merged.std[0]).toBeCloseTo(expected.std, 6);
      }),
    );
  });

  it('of a constant channel far from 0 have no deviation at all', () => {
    const merged = new MergedMoments(1);
    for (const steps of [3, 7]) merged.add(momentsOf(new Float32Array(steps).fill(16777.217), 1));
    expect([merged.mean[0], merged.std[0]]).toEqual([Math.fround(16777.217), 0]);
  });
});
