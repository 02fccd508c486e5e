// Batch normalisation whose statistics see valid steps only, with or without a ReLU after it, in closed form forward
// and backward (Ioffe and Szegedy 2015, arXiv:1502.03167; masked as in docs/layers.md).
import * as tf from '@tensorflow/tfjs';
import { activate, throughActivation, type Activation } from './activation.js';
import { maskSteps, wholeMask } from './maskSteps.js';
import { hasNative, nativeOutputs } from './native.js';
import { withGradient } from './withGradient.js';

export interface NormalizationOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  readonly activation: Activation;
}

/** Statistics of one batch over its valid steps. No gradient flows through them. */
export interface BatchMoments {
  /** `Σ m·x / N`, `[channels]`; 0 where there is no valid step. */
  readonly mean: tf.Tensor1D;
  /** Biased variance `Σ m·(x - mean)² / N`, `[channels]`. */
  readonly variance: tf.Tensor1D;
  /** Number of valid steps N, a float32 scalar; may be 0. */
  readonly count: tf.Scalar;
}

/** The normalised batch, `[batch, time, channels]`, and the statistics that it was normalised by. */
export interface BatchNormalized extends BatchMoments {
  readonly y: tf.Tensor3D;
}

type BatchNorm = (
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  options: NormalizationOptions,
) => BatchNormalized;

/**
 * `y = m · f(gamma · x̂ + beta)`, `x̂ = (x - mean) / √(variance + epsilon)`, f the activation. With `g = m · f′ · dy`:
 * `dgamma = Σ g·x̂`, `dbeta = Σ g`, `dx = m · gamma / √(variance + epsilon) · (g - dbeta / N - x̂ · dgamma / N)`.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @param gamma `[channels]`
 * @param beta `[channels]`
 */
export const batchNorm: BatchNorm = (x, mask, gamma, beta, options) => {
  if (hasNative('MasqBatchNorm')) return nativeBatchNorm(x, mask, gamma, beta, options);
  if (mask === null && x.size > 0 && hasNative('MasqFusedBatchNorm')) {
    return fusedBatchNorm(x, mask, gamma, beta, options);
  }
  return composedBatchNorm(x, mask, gamma, beta, options);
};

/** `batchNorm` in masq's own operations. */
export const nativeBatchNorm: BatchNorm = (x, mask, gamma, beta, { epsilon, activation }) => {
  const steps = mask ?? wholeMask(x);
  const attributes = { epsilon, relu: activation === 'relu' };
  const outputs = nativeOutputs('MasqBatchNorm', { x, mask: steps, gamma, beta }, attributes);
  const [normalized, mean, variance, count] = outputs as [tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.Scalar];
  const y = withGradient(
    [x, gamma, beta],
    (...inputs) => ({ value: tf.clone(normalized), save: [...inputs, steps, mean, variance] }),
    (dy, ...saved) => {
      const [x, gamma, beta, mask, mean, variance] = saved;
      const inputs = { dy, x, mask, gamma, beta, mean, variance };
      return nativeOutputs('MasqBatchNormGrad', inputs, attributes) as [tf.Tensor, tf.Tensor, tf.Tensor];
    },
  );
  return { y, mean, variance, count };
};

/** `batchNorm` of a batch without padding in TensorFlow's own fused operation, which graphics cards have too. */
export const fusedBatchNorm: BatchNorm = (x, mask, gamma, beta, { epsilon, activation }) => {
  if (mask !== null) throw new Error("TensorFlow's fused batch normalisation knows no mask.");
  const attributes = { epsilon };
  const count = x.shape[0] * x.shape[1];
  const inputs = { x: tf.expandDims(x, 1), gamma, beta, empty: tf.tensor1d([], 'float32') };
  const [normalized, mean, unbiased, ...reserved] = nativeOutputs(
    'MasqFusedBatchNorm',
    inputs,
    attributes,
  ) as tf.Tensor1D[];
  const y = withGradient(
    [x, gamma, beta],
    (...[x, gamma]) => {
      const value = activate(tf.squeeze<tf.Tensor3D>(normalized, [1]), activation);
      const save: tf.Tensor[] = [value, x, gamma, ...reserved];
      return { value, save };
    },
    (dy, ...saved) => {
      const [y, x, gamma, reserve1, reserve2, reserve3] = saved;
      const g = throughActivation(dy, y as tf.Tensor3D, activation);
      const inputs = { dy: tf.expandDims(g, 1), x: tf.expandDims(x, 1), gamma, reserve1, reserve2, reserve3 };
      const [dx, dgamma, dbeta] = nativeOutputs('MasqFusedBatchNormGrad', inputs, attributes);
      return [tf.squeeze(dx, [1]), dgamma, dbeta];
    },
  );
  const variance = tf.mul<tf.Tensor1D>(unbiased, Math.max(1, count - 1) / count);
  return { y, mean, variance, count: tf.scalar(count) };
};

/** `batchNorm` in plain tfjs operations, for every backend. */
export const composedBatchNorm: BatchNorm = (x, mask, gamma, beta, { epsilon, activation }) => {
  const { mean, variance, count } = batchMoments(x, mask);
  const y = withGradient(
    [x, gamma, beta],
    (x, gamma, beta) => {
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      const normalized = maskSteps(tf.mul(tf.sub(x, mean), inverse), mask);
      const value = activate(maskSteps(tf.add(tf.mul(normalized, gamma), beta), mask), activation);
      const masks = mask === null ? [] : [mask];
      return { value, save: [value, normalized, gamma, inverse, tf.maximum(count, 1), ...masks] };
    },
    (dy, ...saved) => {
      const [y, normalized, gamma, inverse, count, mask = null] = saved as [
        ...[tf.Tensor3D, tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.Scalar, tf.Tensor2D?],
      ];
      const g = throughActivation(maskSteps(dy, mask), y, activation);
      const dbeta: tf.Tensor1D = tf.sum(g, [0, 1]);
      const dgamma: tf.Tensor1D = tf.sum(tf.mul(g, normalized), [0, 1]);
      const centred = tf.sub(tf.sub(g, tf.div(dbeta, count)), tf.mul(normalized, tf.div(dgamma, count)));
      return [maskSteps(tf.mul(centred, tf.mul(gamma, inverse)), mask), dgamma, dbeta];
    },
  );
  return { y, mean, variance, count };
};

function batchMoments(x: tf.Tensor3D, mask: tf.Tensor2D | null): BatchMoments {
  const [batch, time] = x.shape;
  const count: tf.Scalar = mask === null ? tf.scalar(batch * time) : tf.sum(tf.cast(mask, 'float32'));
  const divisor = tf.maximum(count, 1);
  const mean = tf.div<tf.Tensor1D>(tf.sum(maskSteps(x, mask), [0, 1]), divisor);
  const centred = maskSteps(tf.sub(x, mean), mask);
  const variance = tf.div<tf.Tensor1D>(tf.sum(tf.square(centred), [0, 1]), divisor);
  return { mean, variance, count };
}
