// The parts of the study of noisy channels that a mistake would make lie.
import { describe, expect, it } from 'vitest';
import { allValues, recordingsFromArrays } from '../../src/data/index.ts';
import { uniforms } from '../../test/support/random.ts';
import { addNoise } from './data.mjs';
import { levels, shifts, variancesOf } from './design.mjs';
import { byVariance, explainedByAnyCurve, fitOverSeeds, fitShrinkage, meanOver } from './fit.mjs';

/** Every channel with every variance, as the data sets have them. */
function observations(curve) {
  return shifts.flatMap((shift) =>
    variancesOf(shift).map((variance, channel) => ({ channel, variance, value: curve(variance, channel) })),
  );
}

it('gives every channel every variance once, and half of the channels none, over the data sets', () => {
  for (const channel of levels.keys()) {
    const variances = shifts.map((shift) => variancesOf(shift)[channel]);
    expect(variances.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 0, 0.25, 0.5, 1, 2, 4, 8]);
  }
  for (const shift of shifts) expect(variancesOf(shift).filter((variance) => variance === 0)).toHaveLength(6);
});

it('adds normal noise of the variance of its channel, and nothing to clean ones', () => {
  const zeros = recordingsFromArrays([Array.from({ length: 20_000 }, () => [0, 0])]);
  const values = allValues(addNoise(zeros, [4, 0], 1));
  const noise = values.filter((_, i) => i % 2 === 0);
  const moment = (power) => noise.reduce((sum, value) => sum + value ** power, 0) / noise.length;
  expect(moment(1)).toBeCloseTo(0, 1);
  expect(moment(2)).toBeCloseTo(4, 0);
  expect(moment(4) / moment(2) ** 2).toBeCloseTo(3, 0);
  expect(values.filter((_, i) => i % 2 === 1).every((value) => value === 0)).toBe(true);
});

describe('the fit', () => {
  it.each([0.3, 1, 20])('finds γ = %d whatever the amplitudes of the channels', (gamma) => {
    const fit = fitShrinkage(observations((variance, channel) => (1 + channel) / (1 + gamma * variance)));
    expect(fit.gamma).toBeCloseTo(gamma, 5);
    expect(fit.explained).toBeCloseTo(1, 8);
  });

  it('finds no shrinkage in gates that do not know of noise, and a γ below 0 in gates that grow with it', () => {
    const fit = fitShrinkage(observations((_, channel) => 0.5 + channel));
    expect(fit).toEqual({ gamma: expect.closeTo(0, 6), explained: expect.closeTo(0, 6) });
    expect(fitShrinkage(observations((variance) => 1 + 0.05 * variance)).gamma).toBeLessThan(-0.01);
  });

  it('is measured by the best curve of any form, which explains what 1 / (1 + γσ²) cannot', () => {
    const shrinkage = observations((variance, channel) => (1 + channel) / (1 + variance));
    expect(explainedByAnyCurve(shrinkage)).toBeCloseTo(1, 8);
    const step = observations((variance, channel) => (1 + channel) * (variance > 1 ? 0.2 : 1));
    expect(explainedByAnyCurve(step)).toBeCloseTo(1, 8);
    expect(fitShrinkage(step).explained).toBeLessThan(0.95);
    expect(explainedByAnyCurve(observations((_, channel) => 1 + channel))).toBeCloseTo(0, 8);
  });

  it('has an interval as wide as seeds differ', () => {
    const seed = (gamma) => observations((variance) => 1 / (1 + gamma * variance));
    const uniform = uniforms(1);
    const same = fitOverSeeds([seed(1), seed(1), seed(1)], 200, uniform);
    expect(same.interval).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
    const { gamma, interval } = fitOverSeeds([seed(0.5), seed(1), seed(2)], 200, uniform);
    expect(interval[0]).toBeCloseTo(0.5, 5);
    expect(interval[1]).toBeCloseTo(2, 5);
    expect(gamma).toBeGreaterThan(0.8);
    expect(gamma).toBeLessThan(1.3);
  });

  it('tells the mean at each variance as a share of the same channel without noise', () => {
    const bySeed = [
      observations((variance, channel) => channel + 1 - (variance > 0 ? (channel + 1) / 2 : 0)),
    ];
    expect(byVariance(meanOver(bySeed))).toEqual(
      [0, 0.25, 0.5, 1, 2, 4, 8].map((variance) => ({ variance, share: variance === 0 ? 1 : 0.5 })),
    );
  });
});
