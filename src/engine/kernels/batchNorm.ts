// Batch normalisation whose statistics see valid steps only, with or without a ReLU after it, in closed form forward
// and backward (Ioffe and Szegedy 2015, arXiv:1502.03167; masked as in docs/layers.md).
import tf from '#tfjs';
import { activate, throughActivation, type FusedActivation } from './activation.js';
import { maskSteps, wholeMask } from './maskSteps.js';
import { hasNative, nativeOutputs } from './native.js';
import { withGradient } from './withGradient.js';

export interface NormalizationOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  readonly activation: FusedActivation;
}

export interface BatchNormOptions extends NormalizationOptions {
  /** Share of the old value that a moving average keeps, 0 to 1. */
  readonly momentum: number;
}

/** Mean and biased variance, each `[channels]`. */
export interface Statistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Statistics of one batch over its valid steps. No gradient flows through them. */
export interface BatchMoments extends Statistics {
  /** `Σ m·x / N`; 0 where there is no valid step. */
  readonly mean: tf.Tensor1D;
  /** Biased variance `Σ m·(x - mean)² / N`. */
  readonly variance: tf.Tensor1D;
  /** Number of valid steps N, a float32 scalar; may be 0. */
  readonly count: tf.Scalar;
}

/** The normalised batch, `[batch, time, channels]`, and the statistics that it was normalised by. */
export interface BatchNormalized extends BatchMoments {
  readonly y: tf.Tensor3D;
  /** The moving averages of the statistics after this batch. */
  readonly moved: Statistics;
}

type BatchNorm = (
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  moving: Statistics,
  options: BatchNormOptions,
) => BatchNormalized;

/**
 * `y = m · f(gamma · x̂ + beta)`, `x̂ = (x - mean) / √(variance + epsilon)`, f the activation. With `g = m · f′ · dy`:
 * `dgamma = Σ g·x̂`, `dbeta = Σ g`, `dx = m · gamma / √(variance + epsilon) · (g - dbeta / N - x̂ · dgamma / N)`. Moving
 * averages become `a + (batch - a) · (1 - momentum)`; a batch without a valid step changes nothing.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @param gamma `[channels]`
 * @param beta `[channels]`
 * @param moving the averages before this batch
 */
export const batchNorm: BatchNorm = (x, mask, gamma, beta, moving, options) => {
  if (hasNative('MasqBatchNorm')) return nativeBatchNorm(x, mask, gamma, beta, moving, options);
  if (mask === null && x.size > 0 && hasNative('MasqFusedBatchNorm')) {
    return fusedBatchNorm(x, mask, gamma, beta, moving, options);
  }
  return composedBatchNorm(x, mask, gamma, beta, moving, options);
};

/** `batchNorm` in masq's own operations. */
export const nativeBatchNorm: BatchNorm = (
  x,
  mask,
  gamma,
  beta,
  moving,
  { epsilon, activation, momentum },
) => {
  const steps = mask ?? wholeMask(x);
  const attributes = { epsilon, relu: activation === 'relu' };
  const [normalized, mean, variance, count, movedMean, movedVariance] = nativeOutputs(
    'MasqBatchNorm',
    { x, mask: steps, gamma, beta, movingMean: moving.mean, movingVariance: moving.variance },
    { ...attributes, momentum_complement: 1 - momentum },
  ) as [tf.Tensor3D, tf.Tensor1D, tf.Tensor1D, tf.Scalar, tf.Tensor1D, tf.Tensor1D];
  const y = withGradient(
    [x, gamma, beta],
    (...inputs) => ({ value: tf.clone(normalized), save: [...inputs, steps, mean, variance] }),
    (dy, ...saved) => {
      const [x, gamma, beta, mask, mean, variance] = saved;
      const inputs = { dy, x, mask, gamma, beta, mean, variance };
      return nativeOutputs('MasqBatchNormGrad', inputs, attributes) as [tf.Tensor, tf.Tensor, tf.Tensor];
    },
  );
  return { y, mean, variance, count, moved: { mean: movedMean, variance: movedVariance } };
};

/** `batchNorm` of a batch without padding in TensorFlow's own fused operation, which graphics cards have too. */
export const fusedBatchNorm: BatchNorm = (
  x,
  mask,
  gamma,
  beta,
  moving,
  { epsilon, activation, momentum },
) => {
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
  const moments = { mean, variance, count: tf.scalar(count) };
  return { y, ...moments, moved: move(moving, moments, momentum) };
};

/** `batchNorm` in plain tfjs operations, for every backend. */
export const composedBatchNorm: BatchNorm = (
  x,
  mask,
  gamma,
  beta,
  moving,
  { epsilon, activation, momentum },
) => {
  const moments = batchMoments(x, mask);
  const { mean, variance, count } = moments;
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
  return { y, ...moments, moved: move(moving, moments, momentum) };
};

function move(averages: Statistics, { mean, variance, count }: BatchMoments, momentum: number): Statistics {
  const share = tf.mul(tf.minimum(count, 1), 1 - momentum);
  const moved = (old: tf.Tensor1D, batch: tf.Tensor1D): tf.Tensor1D =>
    tf.add(old, tf.mul(tf.sub(batch, old), share));
  return { mean: moved(averages.mean, mean), variance: moved(averages.variance, variance) };
}

function batchMoments(x: tf.Tensor3D, mask: tf.Tensor2D | null): BatchMoments {
  const [batch, time] = x.shape;
  const count: tf.Scalar = mask === null ? tf.scalar(batch * time) : tf.sum(tf.cast(mask, 'float32'));
  const divisor = tf.maximum(count, 1);
  const mean = tf.div<tf.Tensor1D>(tf.sum(maskSteps(x, mask), [0, 1]), divisor);
  const centred = maskSteps(tf.sub(x, mean), mask);
  const variance = tf.div<tf.Tensor1D>(tf.sum(tf.square(centred), [0, 1]), divisor);
  return { mean, variance, count };
}
