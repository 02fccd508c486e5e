// 1D convolution with explicit padding, stride, dilation and groups, differentiable in all of them. Stock tfjs
// lacks the gradient of dilated convolution, and TensorFlow's own SAME padding depends on the padded length.
import * as tf from '@tensorflow/tfjs';

/** Where a convolution reads: `raw[o] = Σₖ padded[o · stride + k · dilation] · kernel[k]`. */
export interface ConvolutionWindow {
  /** Zeros put before the first step. */
  readonly left: number;
  /** Steps of output. */
  readonly steps: number;
  readonly stride: number;
  readonly dilation: number;
}

/**
 * Cross-correlation over time, without bias.
 *
 * @param x `[batch, time, channels]`
 * @param kernel `[kernelSize, channels / groups, filters]`
 * @param window what is read for each output step; zeros stand beyond both ends of `x`
 * @param groups divides channels and filters; `groups = channels` is the depthwise convolution
 * @returns `[batch, window.steps, filters]`
 */
export function conv1d(
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  window: ConvolutionWindow,
  groups = 1,
): tf.Tensor3D {
  const { stride, dilation, steps } = window;
  const padded = padForWindow(x, kernel.shape[0], window);
  if (dilation === 1) return takeSteps(valid(padded, kernel, stride, groups), steps);
  // À trous: steps of the same remainder modulo the dilation are neighbours, so a plain convolution serves.
  const [batch, time, channels] = padded.shape;
  const rows = Math.ceil(time / dilation);
  const whole = padTime(padded, 0, rows * dilation - time);
  const folded: tf.Tensor3D = tf.reshape(
    tf.transpose(tf.reshape(whole, [batch, rows, dilation, channels]), [0, 2, 1, 3]),
    [batch * dilation, rows, channels],
  );
  const y = valid(folded, kernel, 1, groups);
  const [, outRows, filters] = y.shape;
  const unfolded: tf.Tensor3D = tf.reshape(
    tf.transpose(tf.reshape(y, [batch, dilation, outRows, filters]), [0, 2, 1, 3]),
    [batch, outRows * dilation, filters],
  );
  return everyNth(unfolded, stride, steps);
}

/** Zeros before and after, exactly as many as the output needs, and never less than one window. */
function padForWindow(x: tf.Tensor3D, kernelSize: number, window: ConvolutionWindow): tf.Tensor3D {
  const extent = (kernelSize - 1) * window.dilation + 1;
  const needed = (Math.max(1, window.steps) - 1) * window.stride + extent;
  return padTime(x, window.left, Math.max(0, needed - window.left - x.shape[1]));
}

function padTime(x: tf.Tensor3D, left: number, right: number): tf.Tensor3D {
  if (left === 0 && right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [left, right],
    [0, 0],
  ]);
}

/** Convolution without padding and without dilation. */
function valid(x: tf.Tensor3D, kernel: tf.Tensor3D, stride: number, groups: number): tf.Tensor3D {
  if (groups === 1) return dense(x, kernel, stride);
  const [kernelSize, perGroup, filters] = kernel.shape;
  if (perGroup === 1) {
    const multiplier = filters / groups;
    // TensorFlow wants equal strides in both directions; the height is 1, so its stride does not matter.
    const y = tf.depthwiseConv2d(
      tf.expandDims<tf.Tensor4D>(x, 1),
      tf.reshape(kernel, [1, kernelSize, groups, multiplier]),
      stride,
      'valid',
    );
    return tf.squeeze<tf.Tensor3D>(y, [1]);
  }
  const kernels = tf.split<tf.Tensor3D>(kernel, groups, 2);
  const parts = tf.split<tf.Tensor3D>(x, groups, 2).map((part, g) => dense(part, kernels[g], stride));
  return tf.concat(parts, 2);
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

function takeSteps(x: tf.Tensor3D, steps: number): tf.Tensor3D {
  return x.shape[1] === steps ? x : tf.slice(x, [0, 0, 0], [-1, steps, -1]);
}

/** Steps 0, n, 2n, …, by reshaping, since strided slices have no gradient in tfjs. */
function everyNth(x: tf.Tensor3D, n: number, steps: number): tf.Tensor3D {
  if (n === 1) return takeSteps(x, steps);
  const [batch, time, channels] = x.shape;
  const whole = Math.max(1, steps) * n;
  const filled: tf.Tensor3D = time < whole ? padTime(x, 0, whole - time) : takeSteps(x, whole);
  const grouped = tf.reshape(filled, [batch, whole / n, n, channels]);
  const first = tf.slice(grouped, [0, 0, 0, 0], [-1, -1, 1, -1]);
  return takeSteps(tf.squeeze<tf.Tensor3D>(first, [2]), steps);
}
