import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadEngine } from '../load.js';
import { hasNative } from './native.js';
import { dropout, statelessUniform } from './random.js';

const key = (a: number, b: number) => tf.tensor1d([a, b], 'int32');

beforeAll(async () => {
  await loadEngine();
});

describe('random numbers on TensorFlow', () => {
  beforeEach(async ({ skip }) => {
    const { backend } = await loadEngine();
    await tf.setBackend(backend);
    if (!hasNative('MasqStatelessUniform')) skip('TensorFlow is not installed.');
  });

  test('are those of their key, uniform in [0, 1)', () => {
    const draw = (a: number, b: number) => statelessUniform<tf.Rank.R1>([100_000], key(a, b)).arraySync();
    const values = draw(3, 4);
    expect(draw(3, 4)).toEqual(values);
    expect(draw(3, 5)).not.toEqual(values);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    // Five standard errors.
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / 100_000));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / 100_000));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  test('dropout zeroes its share of the values and scales the others, in the gradient alike', () => {
    const x = tf.fill<tf.Rank.R3>([8, 50, 25], 3);
    const y = dropout(x, 0.25, key(1, 2)).dataSync();
    const dropped = y.filter((value) => value === 0).length;
    expect(Math.abs(dropped / 10_000 - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 10_000));
    expect(y.every((value) => value === 0 || Math.abs(value - 4) < 1e-6)).toBe(true);
    const gradient = tf.grad((v) => dropout(v as tf.Tensor3D, 0.25, key(1, 2)))(x, tf.fill(x.shape, 3));
    expect(gradient.dataSync()).toEqual(y);
  });

  test('dropout draws the same noise for a step however long the padding is', () => {
    const short = dropout(tf.ones([3, 7, 5]), 0.5, key(1, 2));
    const long = dropout(tf.ones([3, 40, 5]), 0.5, key(1, 2));
    expect(tf.slice(long, [0, 0, 0], [3, 7, 5]).arraySync()).toEqual(short.arraySync());
  });

  test('dropout draws other noise for every row, step and channel', () => {
    const noise = dropout(tf.ones<tf.Rank.R3>([4, 64, 4]), 0.5, key(1, 2)).arraySync();
    const rows = noise.map((row) => row.flat().join());
    const steps = noise[0].map((_, t) => noise.map((row) => row[t].join()).join());
    const channels = noise[0][0].map((_, c) => noise.map((row) => row.map((step) => step[c]).join()).join());
    expect(new Set(rows).size).toBe(4);
    expect(new Set(steps).size).toBeGreaterThan(60);
    expect(new Set(channels).size).toBe(4);
  });

  test.each([[[1000]], [[50, 20]], [[10, 10, 5, 2]]])('dropout takes values of shape %j', (shape) => {
    const values = dropout(tf.ones(shape), 0.25, key(1, 2));
    expect(values.shape).toEqual(shape);
    const kept = values.dataSync().filter((value) => value !== 0);
    expect(kept.length).toBeGreaterThan(690);
    expect(kept.length).toBeLessThan(810);
    for (const value of kept) expect(value).toBeCloseTo(4 / 3, 6);
  });

  test('dropout of rate 0 is the identity, and rates without a meaning are refused', () => {
    const x = tf.ones<tf.Rank.R3>([1, 2, 3]);
    expect(dropout(x, 0, key(1, 2)).arraySync()).toEqual(x.arraySync());
    expect(() => dropout(x, 1, key(1, 2))).toThrow('Dropout rate is 1, expected 0 or more and below 1.');
  });
});

test('random numbers by key are drawn on the host on other backends, as many as are asked for of the same row', async () => {
  await tf.setBackend('cpu');
  const draw = (n: number, b: number) => statelessUniform<tf.Rank.R1>([n], key(1, b)).arraySync();
  expect(draw(5, 2).slice(0, 3)).toEqual(draw(3, 2));
  expect(draw(3, 2)).not.toEqual(draw(3, 3));
  const values = draw(10_000, 2);
  expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 10_000 - 0.5)).toBeLessThan(
    5 * Math.sqrt(1 / 12 / 10_000),
  );
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
});
