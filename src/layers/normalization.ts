// The weights of a batch normalisation and what they do, for the layer of that name and for layers that hold one.
import tf from '#tfjs';
import {
  activate,
  batchNorm,
  divideActivation,
  normalize,
  type Activation,
} from '../engine/kernels/index.js';
import type { Initializer } from './initializers.js';

export interface NormalizationOptions {
  /** Share of the old value that a moving average keeps at each step. */
  readonly momentum: number;
  /** Added to the variance. */
  readonly epsilon: number;
}

/** Scale, shift and moving statistics, each `[channels]`. */
export interface Normalization {
  readonly gamma: tf.LayerVariable;
  readonly beta: tf.LayerVariable;
  readonly movingMean: tf.LayerVariable;
  readonly movingVariance: tf.LayerVariable;
}

/** Makes a weight of a layer, `trainable` unless told otherwise. */
export type AddWeight = (
  name: string,
  shape: number[],
  initializer: Initializer,
  trainable?: boolean,
) => tf.LayerVariable;

/** Makes the weights: `gamma`, `beta`, `moving_mean`, `moving_variance`, in this order, each with the prefix before it. */
export function addNormalization(add: AddWeight, channels: number, prefix = ''): Normalization {
  const [zeros, ones] = [tf.initializers.zeros(), tf.initializers.ones()];
  return {
    gamma: add(`${prefix}gamma`, [channels], ones),
    beta: add(`${prefix}beta`, [channels], zeros),
    movingMean: add(`${prefix}moving_mean`, [channels], zeros, false),
    movingVariance: add(`${prefix}moving_variance`, [channels], ones, false),
  };
}

/**
 * Batch normalisation over valid steps and the activation. In training it normalises by the batch and moves its averages,
 * in inference it normalises by them.
 *
 * @param x `[batch, time, channels]`
 * @param mask bool `[batch, time]`, or null when every step is valid
 */
export function applyNormalization(
  weights: Normalization,
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  {
    momentum,
    epsilon,
    activation,
    training,
  }: NormalizationOptions & { activation: Activation; training: boolean },
): tf.Tensor3D {
  const [gamma, beta, mean, variance] = [
    weights.gamma,
    weights.beta,
    weights.movingMean,
    weights.movingVariance,
  ].map((variable) => variable.read() as tf.Tensor1D);
  const { fused, after } = divideActivation(activation);
  const options = { epsilon, activation: fused };
  if (!training) return activate(normalize(x, mask, gamma, beta, { mean, variance }, options), after);
  const { y, moved } = batchNorm(x, mask, gamma, beta, { mean, variance }, { ...options, momentum });
  weights.movingMean.write(moved.mean);
  weights.movingVariance.write(moved.variance);
  return activate(y, after);
}
