// Layer normalisation (Ba, Kiros, Hinton 2016, arXiv:1607.06450): each step is normalised over its own channels, so that
// no other step, valid or padded, matters to it.
import tf from '#tfjs';
import { withGradient } from './withGradient.js';

/**
 * `y = gamma · x̂ + beta`, `x̂ = (x - mean) / √(variance + epsilon)` with mean and biased variance over the last axis. With
 * `g = gamma · dy`: `dx = (g - mean(g) - x̂ · mean(g · x̂)) / √(variance + epsilon)`.
 *
 * @param x `[…, channels]`
 * @param gamma `[channels]`
 * @param beta `[channels]`
 */
export function layerNorm<Values extends tf.Tensor>(
  x: Values,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): Values {
  return withGradient(
    [x, gamma, beta],
    (x, gamma, beta) => {
      const centred = tf.sub<Values>(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      const normalized = tf.mul<Values>(centred, inverse);
      return { value: tf.add<Values>(tf.mul(normalized, gamma), beta), save: [normalized, inverse, gamma] };
    },
    (dy, normalized, inverse, gamma) => {
      const others = Array.from({ length: dy.rank - 1 }, (_, axis) => axis);
      const g = tf.mul(dy, gamma);
      const along = tf.mul(normalized, tf.mean(tf.mul(g, normalized), -1, true));
      const dx = tf.mul(inverse, tf.sub(tf.sub(g, tf.mean(g, -1, true)), along));
      return [dx, tf.sum(tf.mul(dy, normalized), others), tf.sum(dy, others)];
    },
  );
}
