// 1D convolution of valid steps with explicit padding, stride, dilation and groups, differentiable in all of them: by
// masq's own operation, by one of TensorFlow where it computes, or in plain tfjs operations.
import tf from '#tfjs';
import { blockDiagonal, groupsAtOnce } from './blockDiagonal.js';
import { composedConvolution, composedDepthwiseConvolution } from './composedConvolution.js';
import {
  padForWindow,
  padToMultiple,
  reachOf,
  takeSteps,
  windowExtent,
  type ConvolutionWindow,
} from './convolutionWindow.js';
import { maskSteps, wholeMask } from './maskSteps.js';
import { hasNative, nativeOutputs } from './native.js';
import { ownConvolution } from './ownConvolution.js';
import { currentPrecision } from './precision.js';

/** Masks of a convolution, bool `[batch, time]` and `[batch, window.steps]`; valid steps stand before padded ones. */
export interface ConvolutionMasks {
  readonly input: tf.Tensor2D;
  readonly output: tf.Tensor2D;
}

/** What says which steps a convolution reads and writes, and of which channels. */
export interface ConvolutionOptions {
  /** What is read for each output step; zeros stand beyond both ends of a row. */
  readonly window: ConvolutionWindow;
  /** null when every step is valid. */
  readonly masks: ConvolutionMasks | null;
  /** Divides channels and filters; `groups = channels` is the depthwise convolution. */
  readonly groups?: number;
}

/**
 * Cross-correlation over time of the valid steps, without bias, in the current precision (depthwise: always float32,
 * which is faster). Padded steps are read as 0 and written as 0.
 *
 * @param x `[batch, time, channels]`
 * @param kernel `[kernelSize, channels / groups, filters]`
 * @returns `[batch, window.steps, filters]`
 */
export function conv1d(x: tf.Tensor3D, kernel: tf.Tensor3D, options: ConvolutionOptions): tf.Tensor3D {
  const { first, size, window } = reachOf(kernel.shape[0], options.window, x.shape[1]);
  if (size < kernel.shape[0]) return conv1d(x, tf.slice(kernel, first, size), { ...options, window });
  const { groups = 1 } = options;
  if (groups === 1) return dense(x, kernel, options);
  if (kernel.shape[1] === 1) return masked(x, kernel, options, depthwise);
  return grouped(x, kernel, groups, options);
}

/**
 * Channels from which on groups are convolved apart: by masq's own operation, and by others. Milliseconds of processor
 * time for a layer and its gradients in 32 groups, 64 recordings, by the channels of one convolution:
 *
 * | float32 / bfloat16 | all | 64 | 32 | 16 | one group |
 * | --- | --- | --- | --- | --- | --- |
 * | 128 steps, 128 channels | 28 / 15 | 18 / 10 | 12 / 7 | 13 / 8 | 21 / 16 |
 * | 32 steps, 512 channels | 100 / 53 | 18 / 10 | 13 / 8 | 16 / 8 | 16 / 8 |
 * | 128 steps, 128 channels, stride 2 | 29 / 20 | 20 / 15 | 18 / 18 | 27 / 26 | 80 / 90 |
 * | 16 steps, 512 channels, stride 2 | 57 / 45 | 13 / 11 | 15 / 15 | 22 / 21 | 22 / 21 |
 */
const enoughChannels = { own: 32, others: 64 } as const;

/** A convolution in groups of more than one channel, several at a time. */
function grouped(
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  groups: number,
  options: ConvolutionOptions,
): tf.Tensor3D {
  const together = groupsAtOnce(groups, kernel.shape[1], enoughChannels[isOwn(options) ? 'own' : 'others']);
  const blocks = blockDiagonal(kernel, groups, together);
  if (together === groups) return dense(x, blocks, options);
  const kernels = tf.split<tf.Tensor3D>(blocks, groups / together, 2);
  const parts = tf.split<tf.Tensor3D>(x, groups / together, 2);
  return tf.concat(
    parts.map((part, i) => dense(part, kernels[i], options)),
    2,
  );
}

type Convolution = (x: tf.Tensor3D, kernel: tf.Tensor3D, options: ConvolutionOptions) => tf.Tensor3D;

/** A convolution in one group: masq's own where it can be had. */
function dense(...[x, kernel, options]: Parameters<Convolution>): tf.Tensor3D {
  return convolutions[isOwn(options) ? 'own' : 'masked'](x, kernel, options);
}

/** Whether masq's own operation can be had, and computes such a convolution. */
function isOwn({ window: { stride, steps } }: ConvolutionOptions): boolean {
  return stride === 1 && steps > 0 && hasNative(ownConvolution(currentPrecision()).output);
}

/** The ways to convolve in one group: by masq's own operation, of stride 1, and by what knows no masks. */
export const convolutions: Readonly<Record<'own' | 'masked', Convolution>> = {
  own: (x, kernel, { window: { steps, dilation, left }, masks }) => {
    const mask = masks?.input ?? wholeMask(x);
    const outputMask = masks?.output ?? tf.ones<tf.Rank.R2>([x.shape[0], steps], 'bool');
    const { output } = ownConvolution(currentPrecision());
    return nativeOutputs(output, { x, kernel, mask, outputMask }, { dilation, left })[0] as tf.Tensor3D;
  },
  masked: (x, kernel, options) => masked(x, kernel, options, convolve),
};

/** A convolution that knows no masks, of steps that are 0 where they are padded. */
function masked(
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  { window, masks }: ConvolutionOptions,
  unmasked: (x: tf.Tensor3D, kernel: tf.Tensor3D, window: ConvolutionWindow) => tf.Tensor3D,
): tf.Tensor3D {
  const y = unmasked(maskSteps(x, masks?.input ?? null), kernel, window);
  return maskSteps(y, masks?.output ?? null);
}

/** A convolution in one group. */
function convolve(x: tf.Tensor3D, kernel: tf.Tensor3D, window: ConvolutionWindow): tf.Tensor3D {
  const { stride, dilation } = window;
  const name = dilation === 1 ? 'MasqConv1d' : 'MasqDilatedConv1d';
  if (!hasNative(name)) return composedConvolution(x, kernel, window, convolve);
  const same = isSame(x, kernel, window);
  const input = same ? x : padForWindow(x, kernel.shape[0], window);
  const padding = same ? 'SAME' : 'VALID';
  const attributes = { stride, dilation, padding, precision: currentPrecision() };
  const [output] = nativeOutputs(name, { x: input, kernel }, attributes);
  return takeSteps(output as tf.Tensor3D, window.steps);
}

/** A depthwise convolution. */
function depthwise(x: tf.Tensor3D, kernel: tf.Tensor3D, window: ConvolutionWindow): tf.Tensor3D {
  const { stride, dilation, steps } = window;
  // TensorFlow dilates here by way of the images' shape, which cannot take a stride besides.
  if (!hasNative('MasqDepthwiseConv1d') || (dilation > 1 && stride > 1)) {
    return composedDepthwiseConvolution(x, kernel, window);
  }
  const same = dilation === 1 && isSame(x, kernel, window);
  const input = same ? x : padToMultiple(padForWindow(x, kernel.shape[0], window), dilation);
  const padding = same ? 'SAME' : 'VALID';
  const attributes = { stride, dilation, padding, precision: 'float32' };
  const [output] = nativeOutputs('MasqDepthwiseConv1d', { x: input, kernel }, attributes);
  return takeSteps(output as tf.Tensor3D, steps);
}

/**
 * Whether TensorFlow's padding SAME is what the window asks for. It spares the copy with zeros; its EXPLICIT paddings
 * would too, but the gradients of these are up to four times slower on the CPU.
 */
function isSame(x: tf.Tensor3D, kernel: tf.Tensor3D, window: ConvolutionWindow): boolean {
  const { left, steps, stride } = window;
  const time = x.shape[1];
  return (
    time > 0 &&
    stride === 1 &&
    steps === time &&
    left === Math.floor((windowExtent(kernel.shape[0], window) - 1) / 2)
  );
}
