// Output lengths and paddings of 1D convolutions, and of local pooling, which moves likewise. They depend on a row's own length and never on the batch's, so
// that padding a batch further changes no row. (TensorFlow's SAME pads strided convolutions by the length.)
import tf from '#tfjs';
import type { ConvolutionWindow } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { lengthsFromMask, maskFromLengths } from './mask.js';

/** `same`: output step o is centred on input step o · stride. `causal`: it sees no later step. `valid`: no padding. */
export type Padding = 'same' | 'causal' | 'valid';

/** Everything about a convolution that decides which steps it reads. */
export interface ConvolutionGeometry {
  readonly kernelSize: number;
  readonly padding: Padding;
  readonly stride: number;
  readonly dilation: number;
}

/**
 * Steps that a row of `length` valid steps leaves: `⌈length / stride⌉` for `same` and `causal`,
 * `max(0, ⌊(length - (kernelSize - 1) · dilation - 1) / stride⌋ + 1)` for `valid`.
 */
export function outputLength(
  length: number,
  { kernelSize, padding, stride, dilation }: ConvolutionGeometry,
): number {
  if (padding !== 'valid') return Math.ceil(length / stride);
  return Math.max(0, Math.floor((length - (kernelSize - 1) * dilation - 1) / stride) + 1);
}

/** Steps of padding on the left: `⌊(kernelSize - 1) · dilation / 2⌋` for `same`, all of it for `causal`. */
export function leftPadding({ kernelSize, padding, dilation }: ConvolutionGeometry): number {
  const extent = (kernelSize - 1) * dilation;
  return { same: Math.floor(extent / 2), causal: extent, valid: 0 }[padding];
}

/** What the convolution kernel reads for inputs of `time` steps. */
export function convolutionWindow(time: number, geometry: ConvolutionGeometry): ConvolutionWindow {
  const { stride, dilation } = geometry;
  return { left: leftPadding(geometry), steps: outputLength(time, geometry), stride, dilation };
}

/**
 * The mask of the output, `outputLength` being computed on the device.
 *
 * @param mask bool `[batch, time]`
 */
export function outputMask(mask: tf.Tensor2D, geometry: ConvolutionGeometry): tf.Tensor2D {
  const { kernelSize, padding, stride, dilation } = geometry;
  if (stride === 1 && padding !== 'valid') return mask;
  return tf.tidy(() => {
    const shift = padding === 'valid' ? -(kernelSize - 1) * dilation - 1 + stride : stride - 1;
    const shifted = tf.maximum(
      tf.add(lengthsFromMask(mask), tf.scalar(shift, 'int32')),
      tf.scalar(0, 'int32'),
    );
    const lengths: tf.Tensor1D = tf.floorDiv(shifted, tf.scalar(stride, 'int32'));
    return maskFromLengths(lengths, outputLength(mask.shape[1], geometry));
  });
}

/** @throws UserError when one of the counts is no positive integer */
export function assertCounts(counts: Record<string, number>, layerName: string): void {
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new UserError(`Layer "${layerName}": ${name} is ${value}; expected a positive integer.`);
    }
  }
}

/** @throws UserError when there is no such padding */
export function assertPadding(padding: string, layerName: string): asserts padding is Padding {
  if (['same', 'causal', 'valid'].includes(padding)) return;
  throw new UserError(`Layer "${layerName}": padding is "${padding}"; expected "same", "causal" or "valid".`);
}
