// Padding: with zeros as TensorFlow's own operation, and as before with anything else.
import tf from '#tfjs';
import { beforeAll, expect, it } from 'vitest';
import { loadEngine } from '../index.js';

beforeAll(() => loadEngine());

it('pads with zeros, with another number and whole numbers, and has the gradient of what is inside', () => {
  const x = tf.tensor2d([1, -2, 3, NaN], [2, 2]);
  const paddings: [number, number][] = [[0, 1], [2, 0]]; // prettier-ignore
  expect(tf.pad(x, paddings).arraySync()).toEqual([[0, 0, 1, -2], [0, 0, 3, NaN], [0, 0, 0, 0]]); // prettier-ignore
  expect(tf.pad(x, paddings, -1).arraySync()).toEqual([[-1, -1, 1, -2], [-1, -1, 3, NaN], [-1, -1, -1, -1]]); // prettier-ignore
  const whole = tf.tensor1d([7], 'int32');
  expect(tf.pad(whole, [[1, 1]]).dataSync()).toEqual(Int32Array.of(0, 7, 0));
  const weights = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [3, 4]);
  const gradient = tf.grad((inner) => tf.sum(tf.mul(weights, tf.pad(inner, paddings))));
  expect(gradient(tf.zeros([2, 2])).arraySync()).toEqual([[3, 4], [7, 8]]); // prettier-ignore
});
