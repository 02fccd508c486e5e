import tf from '#tfjs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bfloat16Support } from '../bfloat16.js';
import { loadEngine } from '../load.js';
import { matMul } from './matMul.js';
import { hasNative } from './native.js';
import { withPrecision } from './precision.js';
import { referenceTolerance } from '../../../test/support/devices.js';

beforeAll(async () => {
  await loadEngine();
});

/** The product and its two gradients for a fixed gradient of the output. */
function resultsOf(multiply: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D): number[][] {
  const a = tf.randomUniform<tf.Rank.R2>([5, 40], 0, 1, 'float32', 1);
  const b = tf.randomUniform<tf.Rank.R2>([40, 3], 0, 1, 'float32', 2);
  const dy = tf.randomUniform<tf.Rank.R2>([5, 3], 0, 1, 'float32', 3);
  const gradients = tf.grads((u, v) => multiply(u as tf.Tensor2D, v as tf.Tensor2D))([a, b], dy);
  return [multiply(a, b), ...gradients].map((tensor) => Array.from(tensor.dataSync()));
}

function relativeErrors(actual: number[][], expected: number[][]): number[] {
  return actual.flatMap((values, i) => values.map((value, j) => Math.abs(value / expected[i][j] - 1)));
}

describe.each(['tensorflow', 'cpu'])('matMul on the backend %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
  });

  test('is the stock product, with its gradients', () => {
    const errors = relativeErrors(resultsOf(matMul), resultsOf(tf.matMul));
    expect(Math.max(...errors)).toBeLessThan(referenceTolerance(1e-6));
  });

  test('is within the rounding of bfloat16 when it is asked for, and its gradients with it', async ({
    skip,
  }) => {
    const { reason } = bfloat16Support((await loadEngine()).device);
    if (reason !== null) skip(reason);
    const single = resultsOf(matMul);
    const rounded = resultsOf((a, b) => withPrecision('bfloat16', () => matMul(a, b)));
    expect(Math.max(...relativeErrors(rounded, single))).toBeLessThan(2 ** -7);
    rounded.forEach((values, i) => {
      if (hasNative('MasqMatMul')) expect(values).not.toEqual(single[i]);
    });
  });
});
