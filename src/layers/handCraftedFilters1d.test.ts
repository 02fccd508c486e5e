// The fixed filters in worked numbers, what they answer to a single spike, and the gradient that follows from these answers.
import tf from '#tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../engine/index.js';
import { handCraftedFilters1d, maskFromLengths } from './index.js';

beforeAll(() => loadEngine());

const spike = (channel: number, channels: number): tf.Tensor3D => {
  const values = Array.from({ length: 8 }, (_, t) =>
    Array.from({ length: channels }, (_, c) => (t === 3 && c === channel ? 1 : 0)),
  );
  return tf.tensor3d([values]);
};

/** What a filter answers at each step: its own values, backwards, the negative ones cut off. */
const answers = {
  'rising, 2': [0, 0, 1, 0, 0, 0, 0, 0],
  'rising, 4': [0, 1, 0, 1, 0, 0, 0, 0],
  'rising, 8': [0, 1, 0, 1, 0, 1, 0, 0],
  'falling, 2': [0, 0, 0, 1, 0, 0, 0, 0],
  'falling, 4': [0, 0, 1, 0, 1, 0, 0, 0],
  'falling, 8': [1, 0, 1, 0, 1, 0, 1, 0],
  'peak, 4': [0, 0, 2, 2, 0, 0, 0, 0],
  'peak, 8': [0, 0.5, 2, 2, 0.5, 0, 0, 0],
};

const columns = (y: tf.Tensor): number[][] => tf.transpose(tf.squeeze<tf.Tensor2D>(y, [0])).arraySync();

test('rising, falling and peak filters of each size stand where their own padding puts them', () => {
  const y = handCraftedFilters1d({ sizes: [2, 4, 8] }).apply(spike(0, 1)) as tf.Tensor;
  expect(columns(y)).toEqual(Object.values(answers));
});

test('channels are added up, or stand side by side when taken apart', () => {
  const sum = handCraftedFilters1d({ sizes: [2, 4, 8] }).apply(spike(1, 2)) as tf.Tensor;
  expect(columns(sum)).toEqual(Object.values(answers));
  const apart = handCraftedFilters1d({ sizes: [2, 4, 8], depthwise: true }).apply(spike(1, 2)) as tf.Tensor;
  expect(columns(apart)).toEqual([
    ...Array.from({ length: 8 }, () => [0, 0, 0, 0, 0, 0, 0, 0]),
    ...Object.values(answers),
  ]);
});

test.each([false, true])(
  'the gradient adds up the answers to a spike where they are above 0, depthwise %s',
  (depthwise) => {
    const [time, channels, valid] = [8, 3, 6];
    const layer = handCraftedFilters1d({ sizes: [2, 4, 8], depthwise });
    const mask = (rows: number) => maskFromLengths(tf.fill([rows], valid, 'int32'), time);
    const answer = (x: tf.Tensor) => layer.apply(x, { mask: mask(x.shape[0]) }) as tf.Tensor;
    const places = time * channels;
    const spikes = tf.reshape(tf.eye(places), [places, time, channels]);
    // What the ReLU cuts off from the answer to a spike is the answer to its negative.
    const uncut = tf.reshape(tf.sub(answer(spikes), answer(tf.neg(spikes))), [places, -1]);
    const x = tf.randomNormal<tf.Rank.R3>([1, time, channels], 0, 1, 'float32', 1);
    const y = answer(x);
    const dy = tf.randomNormal(y.shape, 0, 1, 'float32', 2);
    const passed = tf.where(tf.greater(y, 0), dy, tf.zerosLike(dy));
    const expected = tf.reshape(tf.matMul(uncut, tf.reshape(passed, [-1, 1])), x.shape);
    const actual = tf.grad(answer)(x, dy);
    expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]).toBeLessThan(1e-5);
  },
);

test('has no weights, and 17 filters with the published sizes', () => {
  const layer = handCraftedFilters1d();
  layer.build([null, null, 3]);
  expect(layer.weights).toEqual([]);
  expect(layer.computeOutputShape([null, 50, 3])).toEqual([null, 50, 17]);
  // 2·(2 + 4 + … + 64) + (6 + 12 + … + 96) taps.
  expect(layer.multiplyAccumulates([null, 50, 3], 50)).toBe(438 * 3 * 50);
});

test('refuses sizes that have no filters', () => {
  expect(() => handCraftedFilters1d({ sizes: [2, 6], name: 'fixed' })).toThrow(
    'Layer "fixed": sizes are [2, 6]; expected at least one, each 2 or a multiple of 4.',
  );
});
