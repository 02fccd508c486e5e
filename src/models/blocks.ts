// Pieces that the models share: the masked input, a convolution with normalisation, and the output.
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { seededInitializer } from '../layers/initializers.js';
import {
  maskedBatchNorm,
  maskedConv1d,
  maskedGlobalPool1d,
  sequenceMask,
  type Activation,
} from '../layers/index.js';
import { deriveSeed } from '../shared/random.js';

/** The inputs of every model, and their masked values. */
export interface MaskedInputs {
  /** `[values [batch, time, channels], lengths int32 [batch, 1]]`. */
  readonly inputs: [tf.SymbolicTensor, tf.SymbolicTensor];
  /** `[batch, time, channels]`, with its mask. */
  readonly x: tf.SymbolicTensor;
}

export function maskedInputs(channels: number): MaskedInputs {
  const values = tf.input({ shape: [null, channels], name: 'values' });
  const lengths = tf.input({ shape: [1], dtype: 'int32', name: 'lengths' });
  const x = sequenceMask({ name: 'mask' }).apply([values, lengths]) as tf.SymbolicTensor;
  return { inputs: [values, lengths], x };
}

/** What the convolutions of a model have in common. */
export interface ConvolutionOptions {
  readonly filters: number;
  readonly kernelSize: number;
  readonly name: string;
  /** Whether the convolution has a bias of its own, which the normalisation takes away again. */
  readonly bias: boolean;
  readonly seed: number;
  /** What follows the normalisation. */
  readonly activation: Activation;
}

/** The option `bias` of models whose convolutions are all normalised. */
export const biasOption = z
  .boolean()
  .default(false)
  .describe(
    'Whether convolutions have a bias, as published. Batch norm subtracts it: it only adds parameters.',
  );

/**
 * Batch normalisation as the models use it. Its averages keep 0.9 of the old value at a step, as in PyTorch: with
 * Keras's 0.99 they need some 500 steps to forget where they began, more than a small set has.
 */
export function normalize(x: tf.SymbolicTensor, name: string, activation: Activation): tf.SymbolicTensor {
  return maskedBatchNorm({ momentum: 0.9, activation, name }).apply(x) as tf.SymbolicTensor;
}

/** What a convolution needs. */
type Convolution = Omit<ConvolutionOptions, 'activation'>;

/** A convolution that keeps the length, `[batch, time, channels]` → `[batch, time, filters]`. */
export function convolve(
  x: tf.SymbolicTensor,
  { filters, kernelSize, name, bias, seed }: Convolution,
): tf.SymbolicTensor {
  const kernelInitializer = seededInitializer('glorotUniform', deriveSeed(seed, name));
  const convolution = maskedConv1d({ filters, kernelSize, useBias: bias, kernelInitializer, name });
  return convolution.apply(x) as tf.SymbolicTensor;
}

/** A convolution, its batch normalisation and the activation, `[batch, time, channels]` → `[batch, time, filters]`. */
export function convolveAndNormalize(x: tf.SymbolicTensor, options: ConvolutionOptions): tf.SymbolicTensor {
  return normalize(convolve(x, options), `${options.name}_norm`, options.activation);
}

/** Average over valid steps, then one logit a class: `[batch, time, channels]` → `[batch, classes]`. */
export function classifier(x: tf.SymbolicTensor, classes: number, seed: number): tf.SymbolicTensor {
  const pooled = maskedGlobalPool1d({ name: 'pool' }).apply(x);
  const kernelInitializer = seededInitializer('glorotUniform', deriveSeed(seed, 'logits'));
  return tf.layers
    .dense({ units: classes, kernelInitializer, name: 'logits' })
    .apply(pooled) as tf.SymbolicTensor;
}
