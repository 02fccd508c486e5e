// 1D convolution in plain tfjs operations, with the gradients of tfjs. It stands in where there is no kernel of our
// own: stock tfjs lacks the gradient of dilated convolution, so a dilated one becomes one without dilation.
import tf from '#tfjs';
import {
  everyNth,
  padForWindow,
  padToMultiple,
  takeSteps,
  type ConvolutionWindow,
} from './convolutionWindow.js';

/** A convolution in one group. */
export type Convolution = (x: tf.Tensor3D, kernel: tf.Tensor3D, window: ConvolutionWindow) => tf.Tensor3D;

/**
 * Cross-correlation in one group.
 *
 * @param x `[batch, time, channels]`
 * @param kernel `[kernelSize, channels, filters]`
 * @param undilated what convolves without dilation, for a dilated convolution
 * @returns `[batch, window.steps, filters]`
 */
export function composedConvolution(
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  window: ConvolutionWindow,
  undilated: Convolution = composedConvolution,
): tf.Tensor3D {
  const { stride, dilation, steps } = window;
  const [kernelSize] = kernel.shape;
  const padded = padForWindow(x, kernelSize, window);
  if (dilation === 1) return takeSteps(dense(padded, kernel, stride), steps);
  // À trous: steps of the same remainder modulo the dilation are neighbours, so a plain convolution serves.
  const whole = padToMultiple(padded, dilation);
  const [batch, time, channels] = whole.shape;
  const rows = time / dilation;
  const folded: tf.Tensor3D = tf.reshape(
    tf.transpose(tf.reshape(whole, [batch, rows, dilation, channels]), [0, 2, 1, 3]),
    [batch * dilation, rows, channels],
  );
  const plain = { left: 0, steps: rows - kernelSize + 1, stride: 1, dilation: 1 };
  const y = undilated(folded, kernel, plain);
  const [, outRows, filters] = y.shape;
  const unfolded: tf.Tensor3D = tf.reshape(
    tf.transpose(tf.reshape(y, [batch, dilation, outRows, filters]), [0, 2, 1, 3]),
    [batch, outRows * dilation, filters],
  );
  return everyNth(unfolded, stride, steps);
}

/**
 * Depthwise cross-correlation. Of a dilated one, step `r · dilation + j` is the pixel j of row r of an image, so that the
 * kernel runs down a column and no step has to move.
 *
 * @param x `[batch, time, channels]`
 * @param kernel `[kernelSize, 1, filters]`
 * @returns `[batch, window.steps, filters]`
 */
export function composedDepthwiseConvolution(
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  window: ConvolutionWindow,
): tf.Tensor3D {
  const { stride, dilation, steps } = window;
  const [kernelSize, , filters] = kernel.shape;
  const whole = padToMultiple(padForWindow(x, kernelSize, window), dilation);
  const [batch, time, channels] = whole.shape;
  const images: tf.Tensor4D = tf.reshape(whole, [batch, time / dilation, dilation, channels]);
  const filter: tf.Tensor4D = tf.reshape(kernel, [kernelSize, 1, channels, filters / channels]);
  // TensorFlow wants equal strides in both directions; without dilation the images are one pixel wide.
  const y = tf.depthwiseConv2d(images, filter, dilation === 1 ? stride : 1, 'valid');
  const flat: tf.Tensor3D = tf.reshape(y, [batch, y.shape[1] * dilation, filters]);
  return dilation === 1 ? takeSteps(flat, steps) : everyNth(flat, stride, steps);
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
