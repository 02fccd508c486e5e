// Each augmentation against worked numbers, against NumPy and SciPy, and against what must hold for any recording.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testWithPython } from '../../../test/support/python.js';
import { refusalOf } from '../../../test/support/refusal.js';
import { generatorFor, normals, symmetricBeta, uniform, uniformWhole } from '../../shared/draws.js';
import { recordingsFromArrays, type Recordings } from '../recordings.js';
import type { Sample } from './augmentation.js';
import { augmentations } from './registry.js';
import { randomRotation, rotationAbout } from './rotation.js';
import { splineCurve } from './spline.js';
import { warpedPositions } from './timeWarp.js';

/** Recordings of so many steps each, whose values tell where they stand: recording, step and channel. */
function counting(lengths: readonly number[], channels: number, channelNames?: readonly string[]) {
  const series = lengths.map((steps, r) =>
    Array.from({ length: steps }, (_, t) => Array.from({ length: channels }, (_, c) => 100 * r + 10 * t + c)),
  );
  const labels = lengths.map((_, r) => (r % 2 === 0 ? 'even' : 'odd'));
  return recordingsFromArrays(series, { labels, ...(channelNames && { channelNames }) });
}

/** An augmentation of values `[time, channels]`, always applied unless the options say otherwise. */
function prepared(name: string, options: object, recordings: Recordings) {
  const augment = augmentations[name].prepare({ probability: 1, ...options }, { recordings, key: 'key' });
  return (values: readonly number[], seed = 1): Sample => {
    const sample: Sample = { values: Float32Array.from(values), partner: null };
    augment(sample, generatorFor(seed));
    return sample;
  };
}

/** Values after an augmentation of recordings with so many channels. */
function valuesOf(
  name: string,
  values: readonly number[],
  { channels = 1, seed = 1, ...options }: Readonly<Record<string, number>> = {},
): number[] {
  return Array.from(prepared(name, options, counting([3], channels))(values, seed).values);
}

/** A generator as it stands once it has been decided that a recording is changed. */
function decided(seed: number) {
  const random = generatorFor(seed);
  uniform(random);
  return random;
}

const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);

describe.each(Object.keys(augmentations))('%s', (name) => {
  const channels = 3;
  const recordings = counting([5, 2, 9], channels);
  const apply = prepared(name, {}, recordings);

  test('keeps values finite and writes no further; only crop shortens, and leaves something', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (steps, seed) => {
        const before = Array.from({ length: steps * channels }, (_, i) => Math.sin(i));
        const { values } = apply(before, seed);
        expect(values.every(Number.isFinite)).toBe(true);
        const least = name === 'crop' ? Math.ceil(0.8 * steps) : steps;
        expect(values.length % channels).toBe(0);
        expect(values.length / channels).toBeGreaterThanOrEqual(least);
        expect(values.length / channels).toBeLessThanOrEqual(steps);
      }),
      { numRuns: 40 },
    );
  });

  test('changes as many recordings as its probability says', () => {
    const before = Array.from({ length: 30 }, (_, i) => Math.fround(1 + Math.cos(i)));
    const changed = (probability: number): number => {
      const apply = prepared(name, { probability }, recordings);
      return Array.from({ length: 400 }, (_, seed) => apply(before, seed)).filter(
        ({ values, partner }) => partner !== null || !before.every((value, i) => values[i] === value),
      ).length;
    };
    expect(changed(0)).toBe(0);
    // A crop may be the whole, and a span empty.
    const always = changed(1);
    expect(always).toBeGreaterThan(100);
    // Four standard deviations of the number of those that are not.
    expect(Math.abs(changed(0.5) - always / 2)).toBeLessThan(4 * Math.sqrt(always / 4));
  });

  test('gives a recording of one step back with one step, as it is where only time would change', () => {
    const { values } = apply([1, 2, 3]);
    expect(values).toHaveLength(3);
    const ofTime = ['magnitude-warp', 'time-warp', 'window-slice', 'crop', 'time-masking'];
    if (ofTime.includes(name)) expect(Array.from(values)).toEqual([1, 2, 3]);
  });
});

test('jitter adds noise of mean 0 and the standard deviation that is asked for', () => {
  const n = 40_000;
  const noise = valuesOf('jitter', zeros(n), { sigma: 0.5 });
  const mean = noise.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / n);
  expect(Math.abs(mean)).toBeLessThan((4 * 0.5) / Math.sqrt(n));
  expect(Math.abs(deviation - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(2 * n));
});

test('scaling has one factor a channel, the same at every step', () => {
  const [a, b] = normals(decided(1), 2);
  const [first, second] = [1 + 0.5 * a, 1 + 0.5 * b];
  expect(valuesOf('scaling', [1, 1, 2, 4, -3, 0], { channels: 2, sigma: 0.5 })).toEqual(
    [first, second, 2 * first, 4 * second, -3 * first, 0].map(Math.fround),
  );
});

describe('curves', () => {
  test('pass through their points, and are the parabola that all points are on', () => {
    const curve = splineCurve(Float64Array.of(0, 1, 4, 9, 16), 9);
    Array.from(curve).forEach((value, t) => {
      expect(value).toBeCloseTo((t / 2) ** 2, 12);
    });
    expect(Array.from(splineCurve(Float64Array.of(1, 3), 3))).toEqual([1, 2, 3]);
  });

  test('of speed give positions from the first step to the last that never turn back', () => {
    // Speeds 1, 1, 3: steps of 1 and 2, which is 3 for two steps.
    expect(Array.from(warpedPositions(Float64Array.of(0, 0, Math.log(3))))).toEqual([
      0,
      expect.closeTo(2 / 3, 12),
      2,
    ]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 2 }), (logSpeeds) => {
        const positions = warpedPositions(Float64Array.from(logSpeeds));
        expect([positions[0], positions.at(-1)]).toEqual([0, logSpeeds.length - 1]);
        expect(positions.every((position, t) => t === 0 || position > positions[t - 1])).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('window-slice', () => {
  test('stretches a slice to the whole length', () => {
    const start = uniform(decided(1)) * 0.5 * 4;
    valuesOf('window-slice', [0, 10, 20, 30, 40], { share: 0.5 }).forEach((value, t) => {
      expect(value).toBeCloseTo(10 * (start + 0.5 * t), 4);
    });
  });
});

test('crop keeps consecutive steps, of every length from the smallest on and from anywhere', () => {
  const before = Array.from({ length: 10 }, (_, i) => i);
  const apply = prepared('crop', { minimumShare: 0.6 }, counting([5], 2));
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const kept = Array.from(apply(before, seed).values);
    expect(kept).toEqual(before.slice(kept[0], kept[0] + kept.length));
    seen.add(`${kept[0] / 2} ${kept.length / 2}`);
  }
  // Of 5 steps at least 3: 3 from three places, 4 from two, 5 from one.
  expect([...seen].sort()).toEqual(['0 3', '0 4', '0 5', '1 3', '1 4', '2 3']);
});

describe('rotation', () => {
  test('about an axis turns as the right hand does', () => {
    const quarter = rotationAbout([0, 0, 1], Math.PI / 2);
    const expected = [0, -1, 0, 1, 0, 0, 0, 0, 1];
    quarter.forEach((entry, i) => {
      expect(entry).toBeCloseTo(expected[i], 12);
    });
  });

  test('keeps lengths and handedness, and its angle is within the limit', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 1e-3, max: Math.PI, noNaN: true }), (seed, limit) => {
        const [a, b, c, d, e, f, g, h, i] = randomRotation(generatorFor(seed), limit);
        expect(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)).toBeCloseTo(1, 12);
        const columns = [[a, d, g], [b, e, h], [c, f, i]]; // prettier-ignore
        columns.forEach((x, p) => {
          columns.forEach((y, q) => {
            expect(x[0] * y[0] + x[1] * y[1] + x[2] * y[2]).toBeCloseTo(p === q ? 1 : 0, 12);
          });
        });
        expect(Math.acos(Math.min(1, (a + e + i - 1) / 2))).toBeLessThan(limit + 1e-7);
      }),
      { numRuns: 100 },
    );
  });

  test('turns every named triple by the same rotation and leaves other channels as they are', () => {
    const recordings = counting([2], 7, ['gx', 'ax', 'ay', 'az', 'gz', 'gy', 'light']);
    const channels = [['ax', 'ay', 'az'], [1, 6, 'gz']]; // prettier-ignore
    const before = [4, 1, 2, 3, 6, 5, 9];
    const after = prepared('rotation', { channels }, recordings)(before, 5).values;
    const matrix = randomRotation(decided(5), Math.PI);
    const turned = ([x, y, z]: number[]): number[] =>
      [0, 3, 6].map((row) => matrix[row] * x + matrix[row + 1] * y + matrix[row + 2] * z);
    const [[ax, ay, az], [gx, gy, gz]] = [turned([1, 2, 3]), turned([4, 5, 6])];
    [gx, ax, ay, az, gz, gy, 9].forEach((value, i) => {
      expect(after[i]).toBeCloseTo(value, 5);
    });
  });

  test.each([
    [4, {}, 'key: rotation takes channels in threes, and the recordings have 4. Name those of three-axis'],
    [3, { channels: [[1, 2, 4]] }, 'key.channels: there is no channel 4; the recordings have 3.'],
    [3, { channels: [[1, 2, 'z']] }, 'key.channels: the recordings have no names of channels, found "z".'],
    [3, { channels: [[1, 2, 2]] }, 'key.channels: expected each channel once, found channel 2 twice.'],
    [3, { channels: [[1, 2]] }, 'key: channels.0: expected at least 3 entries, found 2.'],
  ])('refuses %i channels with %j', (count, options, message) => {
    const recordings = counting([2], count);
    expect(refusalOf(() => augmentations.rotation.prepare(options, { recordings, key: 'key' }))).toContain(
      message,
    );
  });

  test('names the channel that was probably meant', () => {
    const recordings = counting([2], 3, ['acc_x', 'acc_y', 'acc_z']);
    const options = { channels: [['acc_x', 'acc_y', 'acz_z']] };
    expect(refusalOf(() => augmentations.rotation.prepare(options, { recordings, key: 'key' }))).toBe(
      'key.channels: there is no channel "acz_z". Did you mean "acc_z"? Channels: acc_x, acc_y, acc_z.',
    );
  });
});

describe('channel-dropout', () => {
  test('silences whole channels at its rate, but never all', () => {
    const silent = zeros(3);
    const draws = 1000;
    const apply = prepared('channel-dropout', { rate: 0.5 }, counting([2], 3));
    for (let seed = 0; seed < draws; seed++) {
      const after = apply([1, 2, 3, 4, 5, 6], seed).values;
      const zero = [0, 1, 2].map((c) => after[c] === 0);
      expect(zero).toEqual([0, 1, 2].map((c) => after[c + 3] === 0));
      expect(zero).toContain(false);
      zero.forEach((is, c) => (silent[c] += is ? 1 : 0));
    }
    // 1/2, less the 1/8 in which all would be silent and one of three is kept.
    const rate = 1 / 2 - 1 / 24;
    for (const count of silent) {
      expect(Math.abs(count / draws - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / draws));
    }
  });

  test('leaves the only channel alone', () => {
    expect(valuesOf('channel-dropout', [1, 2], { rate: 0.99 })).toEqual([1, 2]);
  });
});

test('time-masking silences all channels in spans of every length up to the longest', () => {
  const before = Array.from({ length: 20 }, (_, i) => i + 1);
  const apply = prepared('time-masking', { maximumShare: 0.3 }, counting([10], 2));
  const lengths = new Set<number>();
  for (let seed = 0; seed < 150; seed++) {
    const after = Array.from(apply(before, seed).values);
    const silent = Array.from({ length: 10 }, (_, t) =>
      after[2 * t] === 0 && after[2 * t + 1] === 0 ? 'x' : '.',
    );
    expect(silent.join('')).toMatch(/^\.*x{0,3}\.*$/);
    expect(after.filter((value) => value === 0)).toHaveLength(
      2 * silent.filter((mark) => mark === 'x').length,
    );
    lengths.add(silent.filter((mark) => mark === 'x').length);
  }
  expect(lengths).toEqual(new Set([0, 1, 2, 3]));
});

describe('mixup', () => {
  const recordings = counting([4, 2, 8], 1);
  const mixed = (seed: number) => {
    const random = decided(seed);
    return { partner: uniformWhole(random, 0, 2), lambda: symmetricBeta(random, 1) };
  };
  const seedOf = (partner: number): number => {
    for (let seed = 0; ; seed++) if (mixed(seed).partner === partner) return seed;
  };

  test.each([
    ['as long', 0, [0, 10, 20, 30], 4 / 4],
    ['shorter, which is mixed as far as it goes and counts for so much less', 1, [100, 110, 3, 4], 2 / 4],
    ['longer, whose end is left out', 2, [200, 210, 220, 230], 4 / 4],
  ])('with a partner that is %s', (_, partner, others, shareMixed) => {
    const seed = seedOf(partner);
    const { lambda } = mixed(seed);
    const sample = prepared('mixup', { alpha: 1 }, recordings)([1, 2, 3, 4], seed);
    [1, 2, 3, 4].forEach((x, t) => {
      expect(sample.values[t]).toBeCloseTo(lambda * x + (1 - lambda) * others[t], 3);
    });
    expect(sample.partner?.label).toBe(partner % 2);
    expect(sample.partner?.share).toBeCloseTo((1 - lambda) * shareMixed, 12);
  });
});

const reference = `
import numpy as np
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

def curve(points, steps):
    return CubicSpline(np.linspace(0, steps - 1, len(points)), points)(np.arange(steps))

def warped(x, points):
    n = len(x)
    speed = np.exp(curve(points, n))
    position = np.concatenate([[0], np.cumsum((speed[1:] + speed[:-1]) / 2)])
    position *= (n - 1) / position[-1]
    return np.stack([np.interp(position, np.arange(n), channel) for channel in x.T], 1)

def distance(sample, cdf):
    """Kolmogorov and Smirnov's, times the root of n: above 1.63 in one of a hundred samples that fit."""
    n = len(sample)
    expected = cdf(np.sort(sample))
    return max(np.max(np.arange(1, n + 1) / n - expected), np.max(expected - np.arange(n) / n)) * np.sqrt(n)

def main(data):
    x = np.array(data['x'])
    angle = lambda limit: lambda a: (a - np.sin(a)) / (limit - np.sin(limit))
    return dict(
        curves=[curve(points, steps).tolist() for points, steps in data['curves']],
        magnitude=(x * np.stack([curve(p, len(x)) for p in data['gains']], 1)).tolist(),
        time=warped(x, np.array(data['logSpeeds'])).tolist(),
        rotation=Rotation.from_rotvec(np.array(data['axis']) * data['angle']).as_matrix().tolist(),
        angles=[distance(sample, angle(limit)) for limit, sample in data['angles']],
        first=distance(data['first'], lambda x: (x + 1) / 2),
    )
`;

testWithPython('curves, warps and rotations are what NumPy and SciPy compute', async ({ python }) => {
  const points = Array.from(normals(generatorFor(9), 12));
  const curves = [2, 3, 4, 5, 6, 7, 12].flatMap((n) =>
    [2, 5, 40].map((steps) => [points.slice(0, n), steps] as const),
  );
  const x = Array.from({ length: 17 }, (_, t) => [Math.sin(t), t % 5, 1]);
  const random = decided(3);
  const gains = [0, 1, 2].map(() => Array.from(normals(random, 7), (z) => 1 + 0.4 * z));
  const logSpeeds = Array.from(normals(decided(4), 5), (z) => 0.6 * z);
  const rotations = (limit: number) =>
    Array.from({ length: 3000 }, (_, seed) => randomRotation(generatorFor(seed), limit));
  const angleOf = ([a, , , , e, , , , i]: readonly number[]) => Math.acos((a + e + i - 1) / 2);
  const axis = [2 / 3, -1 / 3, 2 / 3] as const;
  const angles = [Math.PI, 0.5].map((limit) => [limit, rotations(limit).map(angleOf)]);
  // An entry of a uniformly distributed rotation is a coordinate of a point anywhere on the sphere: uniform (Archimedes).
  const first = rotations(Math.PI).map(([entry]) => entry);
  const expected = (await python(reference, {
    x,
    curves,
    gains,
    logSpeeds,
    axis,
    angle: 2.5,
    angles,
    first,
  })) as {
    curves: number[][];
    magnitude: number[][];
    time: number[][];
    rotation: number[][];
    angles: number[];
    first: number;
  };
  const close = (actual: readonly number[], wanted: readonly number[], digits: number): void => {
    expect(actual).toHaveLength(wanted.length);
    wanted.forEach((value, i) => {
      expect(actual[i]).toBeCloseTo(value, digits);
    });
  };
  curves.forEach(([points, steps], i) => {
    close(Array.from(splineCurve(Float64Array.from(points), steps)), expected.curves[i], 10);
  });
  const warp = { channels: 3 };
  close(
    valuesOf('magnitude-warp', x.flat(), { ...warp, seed: 3, sigma: 0.4, knots: 5 }),
    expected.magnitude.flat(),
    5,
  );
  close(valuesOf('time-warp', x.flat(), { ...warp, seed: 4, sigma: 0.6, knots: 3 }), expected.time.flat(), 5);
  close([...rotationAbout(axis, 2.5)], expected.rotation.flat(), 12);
  for (const distance of [...expected.angles, expected.first]) expect(distance).toBeLessThan(1.63);
});
