// 1D convolution in plain tfjs operations, with the gradients of tfjs. It stands in where there is no kernel of our
// own: stock tfjs lacks the gradient of dilated convolution, so a dilated one becomes one without dilation.
import * as tf from '@tensorflow/tfjs';
import { everyNth, padForWindow, padTime, takeSteps, type ConvolutionWindow } from './convolutionWindow.js';

/** A convolution in one group, or depthwise. */
export type Convolution = (
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  window: ConvolutionWindow,
  depthwise: boolean,
) => tf.Tensor3D;

/**
 * Cross-correlation in one group, or depthwise.
 *
 * @param x `[batch, time, channels]`
 * @param kernel `[kernelSize, channels or 1 if depthwise, filters]`
 * @param undilated what convolves without dilation, for a dilated convolution
 * @returns `[batch, window.steps, filters]`
 */
export function composedConvolution(
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  window: ConvolutionWindow,
  depthwise: boolean,
  undilated: Convolution = composedConvolution,
): tf.Tensor3D {
  const { stride, dilation, steps } = window;
  const [kernelSize] = kernel.shape;
  const padded = padForWindow(x, kernelSize, window);
  if (dilation === 1) {
    const y = depthwise ? depthwiseConvolution(padded, kernel, stride) : dense(padded, kernel, stride);
    return takeSteps(y, steps);
  }
  // À trous: steps of the same remainder modulo the dilation are neighbours, so a plain convolution serves.
  const [batch, time, channels] = padded.shape;
  const rows = Math.ceil(time / dilation);
  const whole = padTime(padded, 0, rows * dilation - time);
  const folded: tf.Tensor3D = tf.reshape(
    tf.transpose(tf.reshape(whole, [batch, rows, dilation, channels]), [0, 2, 1, 3]),
    [batch * dilation, rows, channels],
  );
  const plain = { left: 0, steps: rows - kernelSize + 1, stride: 1, dilation: 1 };
  const y = undilated(folded, kernel, plain, depthwise);
  const [, outRows, filters] = y.shape;
  const unfolded: tf.Tensor3D = tf.reshape(
    tf.transpose(tf.reshape(y, [batch, dilation, outRows, filters]), [0, 2, 1, 3]),
    [batch, outRows * dilation, filters],
  );
  return everyNth(unfolded, stride, steps);
}

/** Depthwise convolution without padding and without dilation. */
function depthwiseConvolution(x: tf.Tensor3D, kernel: tf.Tensor3D, stride: number): tf.Tensor3D {
  const channels = x.shape[2];
  const [kernelSize, , filters] = kernel.shape;
  // TensorFlow wants equal strides in both directions; the height is 1, so its stride does not matter.
  const y = tf.depthwiseConv2d(
    tf.expandDims<tf.Tensor4D>(x, 1),
    tf.reshape(kernel, [1, kernelSize, channels, filters / channels]),
    stride,
    'valid',
  );
  return tf.squeeze<tf.Tensor3D>(y, [1]);
}

/** Backends on which one matrix product beats the stock convolution: 15 times on `cpu`; `wasm` lacks its gradient. */
const productBackends = new Set(['cpu', 'wasm']);

/** Convolution in one group, without padding and without dilation. */
function dense(x: tf.Tensor3D, kernel: tf.Tensor3D, stride: number): tf.Tensor3D {
  if (!productBackends.has(tf.getBackend())) return tf.conv1d(x, kernel, stride, 'valid');
  const [batch, time, channels] = x.shape;
  const [kernelSize, , filters] = kernel.shape;
  const steps = Math.floor((time - kernelSize) / stride) + 1;
  const columns = Array.from({ length: kernelSize }, (_, k) =>
    everyNth(tf.slice(x, [0, k, 0], [-1, time - kernelSize + 1, -1]), stride, steps),
  );
  const rows = tf.reshape(tf.concat(columns, 2), [batch * steps, kernelSize * channels]);
  return tf.reshape(tf.matMul(rows, tf.reshape(kernel, [kernelSize * channels, filters])), [
    batch,
    steps,
    filters,
  ]);
}
