// What transformers are made of, as layers: shapes, masks, weights, and what is refused.
import tf from '#tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadEngine } from '../engine/index.js';
import {
  lengthsFromMask,
  maskedChannelwiseConv1d,
  maskedLayerNorm,
  maskedLayerScale,
  maskedMergeSteps,
  maskedSelfAttention,
  maskFromLengths,
} from './index.js';

beforeAll(() => loadEngine());

const largestDifference = (a: tf.Tensor, b: tf.Tensor) => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0];
const maskOf = (lengths: number[], time: number) => maskFromLengths(tf.tensor1d(lengths, 'int32'), time);

describe('maskedSelfAttention', () => {
  test('has three matrices, and as many scalars as there are heads and distances, 0 at first', () => {
    const layer = maskedSelfAttention({ heads: 2, maximumDistance: 3, seed: 1 });
    layer.build([null, null, 4]);
    expect(layer.weights.map(({ shape }) => shape)).toEqual([[4, 4], [4, 4], [4, 4], [7, 2]]); // prettier-ignore
    const [query, key, value, distances] = layer.getWeights().map((weight) => Array.from(weight.dataSync()));
    expect(new Set([query, key, value].map((numbers) => numbers.join())).size).toBe(3);
    expect(distances.every((scalar) => scalar === 0)).toBe(true);
  });

  test('averages by value where queries are 0, and adds what a distance adds', () => {
    const layer = maskedSelfAttention({ heads: 1, maximumDistance: 1 });
    const x = tf.tensor3d([1, 2, 6, 9], [1, 4, 1]);
    layer.build(x.shape);
    layer.setWeights([tf.zeros([1, 1]), tf.ones([1, 1]), tf.ones([1, 1]), tf.tensor2d([[0.5], [0], [-1]])]);
    const y = layer.apply(x, { mask: maskOf([3], 4) }) as tf.Tensor3D;
    // The average is 3; later steps count 1/2 more, earlier ones 1 less.
    const expected = tf.tensor3d([3 + 4, 3 - 1 + 3, 3 - 3, 0], y.shape);
    expect(largestDifference(y, expected)).toBeLessThan(1e-5);
  });

  test('refuses channels that its heads do not divide', () => {
    const layer = maskedSelfAttention({ heads: 3, name: 'attention' });
    expect(() => {
      layer.build([null, null, 4]);
    }).toThrow('Layer "attention": 4 channels cannot be divided among 3 heads.');
    expect(() => maskedSelfAttention({ heads: 0, name: 'attention' })).toThrow('heads is 0');
  });
});

describe('maskedLayerNorm', () => {
  test('takes pooled recordings too, and makes padded steps 0', () => {
    const layer = maskedLayerNorm({ epsilon: 1e-12 });
    const y = layer.apply(tf.tensor2d([1, 3, 5, 5], [2, 2])) as tf.Tensor;
    expect(Array.from(y.dataSync()).map(Math.round)).toEqual([-1, 1, 0, 0]);
    layer.setWeights([tf.tensor1d([2, 2]), tf.tensor1d([1, 1])]);
    const steps = tf.tensor3d([1, 3, NaN, Infinity], [1, 2, 2]);
    const normalized = layer.apply(steps, { mask: maskOf([1], 2) }) as tf.Tensor;
    expect(Array.from(normalized.dataSync()).map(Math.round)).toEqual([-1, 3, 0, 0]);
  });

  test('refuses an epsilon that is not above 0', () => {
    expect(() => maskedLayerNorm({ epsilon: 0, name: 'norm' })).toThrow('Layer "norm": epsilon is 0');
  });
});

test('maskedLayerScale begins as a small factor', () => {
  const scaled = maskedLayerScale({ initial: 0.5 }).apply(tf.tensor3d([2, NaN], [1, 2, 1]), {
    mask: maskOf([1], 2),
  });
  expect(Array.from((scaled as tf.Tensor).dataSync())).toEqual([1, 0]);
});

describe('a convolution of each channel', () => {
  const make = () => {
    const layer = maskedChannelwiseConv1d({ filters: 2, kernelSize: 4 });
    layer.build([null, null, 3]);
    layer.setWeights([tf.randomNormal([4, 1, 2], 0, 1, 'float32', 1), tf.tensor1d([1, 2])]);
    return layer;
  };

  test('gives each channel what it gives that channel alone, one channel after another', () => {
    const layer = make();
    const x = tf.randomNormal<tf.Rank.R3>([2, 5, 3], 0, 1, 'float32', 2);
    const mask = maskOf([5, 2], 5);
    const together = layer.apply(x, { mask }) as tf.Tensor3D;
    expect(together.shape).toEqual([2, 15, 2]);
    const alone = maskedChannelwiseConv1d({ filters: 2, kernelSize: 4 });
    alone.build([null, null, 1]);
    alone.setWeights(layer.getWeights());
    const parts = tf.split(x, 3, 2).map((channel) => alone.apply(channel, { mask }) as tf.Tensor3D);
    const expected = tf.reshape(tf.stack(parts, 2), [2, 15, 2]);
    expect(largestDifference(together, expected)).toBeLessThan(1e-6);
    const [lengths] = layer.computeMask(x, mask).map((each) => lengthsFromMask(each as tf.Tensor2D));
    expect(Array.from(lengths.dataSync())).toEqual([15, 6]);
  });

  test('is undone in its order by maskedMergeSteps, mask and all', () => {
    const x = tf.randomNormal<tf.Rank.R3>([2, 5, 3], 0, 1, 'float32', 2);
    const layer = make();
    layer.setWeights([tf.tensor3d([0, 0, 1, 2, 0, 0, 0, 0], [4, 1, 2]), tf.tensor1d([0, 0])]);
    const mask = maskOf([5, 2], 5);
    const apart = layer.apply(x, { mask }) as tf.Tensor3D;
    const merge = maskedMergeSteps({ steps: 3 });
    const merged = merge.apply(apart) as tf.Tensor3D;
    const masked = tf.mul(x, tf.expandDims(tf.cast(mask, 'float32'), 2));
    const expected = tf.reshape(tf.stack([masked, tf.mul(masked, 2)], 3), [2, 5, 6]);
    expect(largestDifference(merged, expected)).toBe(0);
    const [kept] = merge.computeMask(apart);
    expect(kept.arraySync()).toEqual(mask.arraySync());
  });
});

test('maskedMergeSteps fills up with zeros what the last step lacks', () => {
  const x = tf.tensor3d([1, 2, 3, 4, NaN], [1, 5, 1]);
  const merge = maskedMergeSteps({ steps: 2 });
  expect(merge.computeOutputShape([null, 5, 1])).toEqual([null, 3, 2]);
  const mask = maskOf([3], 5);
  expect((merge.apply(x, { mask }) as tf.Tensor3D).arraySync()).toEqual([[[1, 2], [3, 0], [0, 0]]]); // prettier-ignore
  const [merged] = merge.computeMask(x, mask);
  expect(Array.from(merged.dataSync())).toEqual([1, 1, 0]);
});
