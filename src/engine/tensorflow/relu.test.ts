import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadEngine } from '../load.js';

beforeAll(async () => {
  await loadEngine();
});

describe.each(['tensorflow', 'cpu'])('the gradient of ReLU on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  test('is that of the slope on either side, and 0 at 0', () => {
    const x = tf.tensor1d([-2, -0, 0, 1e-30, 3]);
    const dy = tf.tensor1d([10, 20, 30, 40, 50]);
    expect(
      Array.from(
        tf
          .grad((v) => tf.relu(v))(x, dy)
          .dataSync(),
      ),
    ).toEqual([0, 0, 0, 40, 50]);
  });

  test('can be differentiated again, as gradient penalties need', () => {
    // d/dx of (d/dx relu(x)³)² = d/dx 9x⁴ = 36x³ where x > 0.
    const slope = tf.grad((v) => tf.pow(tf.relu(v), 3));
    const curvature = tf.grad((v) => tf.square(slope(v)))(tf.tensor1d([-1, 2]));
    expect(Array.from(curvature.dataSync(), Math.round)).toEqual([0, 288]);
  });
});
