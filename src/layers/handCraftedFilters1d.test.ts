// The fixed filters in worked numbers: what they answer to a single spike.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../engine/index.js';
import { handCraftedFilters1d } from './index.js';

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
