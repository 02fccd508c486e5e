// Batch normalisation whose statistics see valid steps only, in closed form forward and backward
// (Ioffe and Szegedy 2015, arXiv:1502.03167; masked as in docs/layers.md).
import * as tf from '@tensorflow/tfjs';
import { maskSteps } from './maskSteps.js';
import { withGradient } from './withGradient.js';

/** Statistics of one batch over its valid steps. */
export interface BatchMoments {
  /** Mean, `[channels]`. */
  readonly mean: tf.Tensor1D;
  /** Biased variance, `[channels]`. */
  readonly variance: tf.Tensor1D;
  /** Number of valid steps N, a float32 scalar; may be 0. */
  readonly count: tf.Scalar;
}

/**
 * `mean = Σ m·x / N`, `variance = Σ m·(x - mean)² / N` over valid steps of all rows; 0 where there is none.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function batchMoments(x: tf.Tensor3D, mask: tf.Tensor2D | null): BatchMoments {
  return tf.tidy(() => {
    const [batch, time] = x.shape;
    const count: tf.Scalar = mask === null ? tf.scalar(batch * time) : tf.sum(tf.cast(mask, 'float32'));
    const divisor = tf.maximum(count, 1);
    const mean = tf.div<tf.Tensor1D>(tf.sum(maskSteps(x, mask), [0, 1]), divisor);
    const centred = maskSteps(tf.sub(x, mean), mask);
    const variance = tf.div<tf.Tensor1D>(tf.sum(tf.square(centred), [0, 1]), divisor);
    return { mean, variance, count };
  });
}

/**
 * `y = m · (gamma · (x - mean) / √(variance + epsilon) + beta)`, the moments being those of `x` itself. With
 * `x̂ = (x - mean) / √(variance + epsilon)` and `g = m · dy`:
 * `dgamma = Σ g·x̂`, `dbeta = Σ g`, `dx = m · gamma / √(variance + epsilon) · (g - dbeta / N - x̂ · dgamma / N)`.
 *
 * @param x `[batch, time, channels]`
 * @param gamma `[channels]`
 * @param beta `[channels]`
 */
export function normalizeByBatch(
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  moments: BatchMoments,
  epsilon: number,
): tf.Tensor3D {
  return withGradient(
    [x, gamma, beta],
    (value, scale, shift) => {
      const inverse = tf.rsqrt(tf.add(moments.variance, epsilon));
      const normalized = maskSteps(tf.mul(tf.sub(value, moments.mean), inverse), mask);
      const save = [
        normalized,
        scale,
        inverse,
        tf.maximum(moments.count, 1),
        ...(mask === null ? [] : [mask]),
      ];
      return { value: maskSteps(tf.add(tf.mul(normalized, scale), shift), mask), save };
    },
    (dy, ...saved) => gradients(dy, saved),
  );
}

function gradients(dy: tf.Tensor3D, saved: tf.Tensor[]): [tf.Tensor3D, tf.Tensor1D, tf.Tensor1D] {
  const [normalized, gamma, inverse, count, mask = null] = saved as [
    ...[tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.Scalar, tf.Tensor2D?],
  ];
  const g = maskSteps(dy, mask);
  const dbeta: tf.Tensor1D = tf.sum(g, [0, 1]);
  const dgamma: tf.Tensor1D = tf.sum(tf.mul(g, normalized), [0, 1]);
  const centred = tf.sub(tf.sub(g, tf.div(dbeta, count)), tf.mul(normalized, tf.div(dgamma, count)));
  return [maskSteps(tf.mul(centred, tf.mul(gamma, inverse)), mask), dgamma, dbeta];
}

/**
 * `y = m · (gamma · (x - mean) / √(variance + epsilon) + beta)` with given statistics, for inference.
 *
 * @param x `[batch, time, channels]`
 * @param mean `[channels]`
 * @param variance `[channels]`
 */
export function normalizeByMoving(
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon: number,
): tf.Tensor3D {
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
  return maskSteps(tf.add(tf.mul(tf.sub(x, mean), scale), beta), mask);
}
