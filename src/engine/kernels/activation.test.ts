// The activations have the values of their definitions and the gradients of those values.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadEngine } from '../load.js';
import { activate, activations } from './activation.js';

beforeAll(() => loadEngine());

/** Beyond all corners, which are at -3, 0 and 3. */
const points = [-8, -3.5, -2, -0.75, -0.125, 0.25, 1, 2.5, 4, 9];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** Φ(x) by Simpson's rule. */
const normal = (x: number) => {
  const [n, h] = [2000, x / 2000];
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  const sum = Array.from(
    { length: n + 1 },
    (_, i) => (i % n === 0 ? 1 : i % 2 === 1 ? 4 : 2) * density(i * h),
  );
  return 0.5 + (h / 3) * sum.reduce((a, b) => a + b, 0);
};
const definitions: Record<(typeof activations)[number], (x: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => x * normal(x),
  swish: (x) => x * sigmoid(x),
  'hard-swish': (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
};

describe.each(['tensorflow', 'cpu'])('on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  test.each(activations.filter((name) => name !== 'linear'))(
    '%s has the values and slopes of its definition, and is 0 at 0',
    (name) => {
      const f = definitions[name];
      const x = tf.tensor3d(points, [1, points.length, 1]);
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor3D) => activate(x, name) as tf.Tensor)(x, tf.onesLike(x)) as { value: tf.Tensor; grad: tf.Tensor }; // prettier-ignore
      const [values, slopes] = [value.dataSync(), grad.dataSync()];
      for (const [i, point] of points.entries()) {
        expect(Math.abs(values[i] - f(point))).toBeLessThan(1e-6 * (1 + Math.abs(point)));
        expect(Math.abs(slopes[i] - (f(point + 1e-5) - f(point - 1e-5)) / 2e-5)).toBeLessThan(1e-5);
      }
      expect(Math.abs(activate(tf.zeros([1, 1, 1]), name).dataSync()[0])).toBe(0);
    },
  );
});
