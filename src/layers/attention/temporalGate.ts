// The gate of each step that CBAM's spatial attention is over time (Woo et al. 2018, arXiv:1807.06521): a convolution of
// the mean and the maximum over the channels.
import tf from '#tfjs';
import { z } from 'zod';
import { conv1d, maskSteps, maxOverChannels } from '../../engine/kernels/index.js';
import { leftPadding } from '../convolutionLength.js';
import type { Initializer } from '../initializers.js';
import {
  addNormalization,
  applyNormalization,
  type AddWeight,
  type Normalization,
} from '../normalization.js';

/** Options of attention that holds a temporal gate. */
export const temporalGateOptions = {
  kernelSize: z.int().min(1).default(7).describe('Steps that the gate of a step sees.'),
  normalize: z
    .boolean()
    .default(true)
    .describe(
      'Whether batch norm follows the convolution, as in the published code, or a bias, as in the paper.',
    ),
};

/** Of the published code: averages keep 0.99, epsilon is 1e-5. */
const normalization = { momentum: 0.99, epsilon: 1e-5, activation: 'linear' } as const;

export interface TemporalGateWeights {
  /** `[kernelSize, 2, 1]`. */
  readonly kernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
  readonly norm: Normalization | null;
}

/** Makes the weights: `temporal_kernel`, then `temporal_bias` or those of a batch norm. */
export function addTemporalGate(
  add: AddWeight,
  { kernelSize, normalize }: { kernelSize: number; normalize: boolean },
  initializer: Initializer,
): TemporalGateWeights {
  return {
    kernel: add('temporal_kernel', [kernelSize, 2, 1], initializer),
    bias: normalize ? null : add('temporal_bias', [1], tf.initializers.zeros()),
    norm: normalize ? addNormalization(add, 1, 'temporal_norm_') : null,
  };
}

/**
 * `m · sigmoid(conv([mean over channels, maximum over channels]))`.
 *
 * @param x `[batch, time, channels]`, 0 at padded steps
 * @param mask bool `[batch, time]`, or null when every step is valid
 * @returns `[batch, time, 1]`
 */
export function temporalGate(
  weights: TemporalGateWeights,
  x: tf.Tensor3D,
  mask: tf.Tensor2D | null,
  training: boolean,
): tf.Tensor3D {
  const kernel = weights.kernel.read() as tf.Tensor3D;
  const profile = tf.concat<tf.Tensor3D>([tf.mean(x, 2, true), maxOverChannels(x)], 2);
  const geometry = { kernelSize: kernel.shape[0], padding: 'same', stride: 1, dilation: 1 } as const;
  const window = { left: leftPadding(geometry), steps: x.shape[1], stride: 1, dilation: 1 };
  const y = conv1d(profile, kernel, { window, masks: mask === null ? null : { input: mask, output: mask } });
  const logits =
    weights.norm === null
      ? tf.add<tf.Tensor3D>(y, weights.bias?.read() ?? 0)
      : applyNormalization(weights.norm, y, mask, { ...normalization, training });
  return maskSteps(tf.sigmoid(logits), mask);
}
