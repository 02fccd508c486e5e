// Normalisation by given statistics, with or without a ReLU after it.
import tf from '#tfjs';
import { activate, throughActivation } from './activation.js';
import type { NormalizationOptions, Statistics } from './batchNorm.js';
import { maskSteps, wholeMask } from './maskSteps.js';
import { hasNative, nativeOutputs } from './native.js';
import { withGradient } from './withGradient.js';

type Normalize = (
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  statistics: Statistics,
  options: NormalizationOptions,
) => tf.Tensor3D;

/**
 * `y = m · f(gamma · (x - mean) / √(variance + epsilon) + beta)` with given statistics, for inference. Its gradient
 * takes the statistics for constants.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @param statistics mean and variance, each `[channels]`
 */
export const normalize: Normalize = (...args) =>
  differentiable(hasNative('MasqNormalize') ? native : composed, ...args);

/** `normalize` in plain tfjs operations, for every backend. */
export const composedNormalize: Normalize = (...args) => differentiable(composed, ...args);

const native: Normalize = (x, mask, gamma, beta, { mean, variance }, { epsilon, activation }) => {
  const inputs = { x, mask: mask ?? wholeMask(x), gamma, beta, mean, variance };
  const [y] = nativeOutputs('MasqNormalize', inputs, { epsilon, relu: activation === 'relu' });
  return y as tf.Tensor3D;
};

const composed: Normalize = (x, mask, gamma, beta, { mean, variance }, { epsilon, activation }) => {
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, epsilon)));
  return activate(maskSteps(tf.add(tf.mul(tf.sub(x, mean), scale), beta), mask), activation);
};

function differentiable(
  compute: Normalize,
  ...[x, mask, gamma, beta, statistics, options]: Parameters<Normalize>
): tf.Tensor3D {
  return withGradient(
    [x, gamma, beta],
    (x, gamma, beta) => {
      const value = compute(x, mask, gamma, beta, statistics, options);
      const { mean, variance } = statistics;
      return { value, save: [value, x, gamma, mean, variance, ...(mask === null ? [] : [mask])] };
    },
    (dy, ...saved) => {
      const [y, x, gamma, mean, variance, mask = null] = saved as [
        ...[tf.Tensor3D, tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor2D?],
      ];
      const inverse = tf.rsqrt(tf.add(variance, options.epsilon));
      const g = throughActivation(maskSteps(dy, mask), y, options.activation);
      const normalized = maskSteps(tf.mul(tf.sub(x, mean), inverse), mask);
      return [tf.mul(g, tf.mul(gamma, inverse)), tf.sum(tf.mul(g, normalized), [0, 1]), tf.sum(g, [0, 1])];
    },
  );
}
