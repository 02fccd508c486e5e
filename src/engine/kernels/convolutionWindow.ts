// Which steps a convolution reads, and the padding and cutting that follow from it.
import tf from '#tfjs';

/** Where a convolution reads: `raw[o] = Σₖ padded[o · stride + k · dilation] · kernel[k]`. */
export interface ConvolutionWindow {
  /** Zeros put before the first step. */
  readonly left: number;
  /** Steps of output. */
  readonly steps: number;
  readonly stride: number;
  readonly dilation: number;
}

/** Steps from the first to the last that one output reads, both included. */
export function windowExtent(kernelSize: number, { dilation }: ConvolutionWindow): number {
  return (kernelSize - 1) * dilation + 1;
}

/** What is left of a kernel when what only ever meets padding is gone. */
export interface Reach {
  /** The first of the steps of the kernel that are left, and how many are. */
  readonly first: number;
  readonly size: number;
  readonly window: ConvolutionWindow;
}

/**
 * The steps of a kernel that read one of `time` steps for some output. With a large dilation they are few, and the padding
 * for the others could fill all memory. At least one step is left.
 */
export function reachOf(kernelSize: number, window: ConvolutionWindow, time: number): Reach {
  const { left, steps, stride, dilation } = window;
  const last = (steps - 1) * stride;
  // No more than stand before the first step: what is left must not begin after it.
  const before = Math.min(kernelSize - 1, Math.floor(left / dilation));
  const first = Math.max(0, Math.min(before, Math.ceil((left - last) / dilation)));
  const end = Math.min(kernelSize, Math.max(first + 1, Math.floor((left + time - 1) / dilation) + 1));
  const size = end - first;
  const inner = { ...window, left: left - first * dilation, dilation: size === 1 ? 1 : dilation };
  return { first, size, window: inner };
}

/** Zeros before and after, exactly as many as the output needs, and never less than one window. */
export function padForWindow(x: tf.Tensor3D, kernelSize: number, window: ConvolutionWindow): tf.Tensor3D {
  const needed = (Math.max(1, window.steps) - 1) * window.stride + windowExtent(kernelSize, window);
  return padTime(x, window.left, Math.max(0, needed - window.left - x.shape[1]));
}

/** Zeros after, up to a whole number of times `n` steps. */
export function padToMultiple(x: tf.Tensor3D, n: number): tf.Tensor3D {
  return padTime(x, 0, Math.ceil(x.shape[1] / n) * n - x.shape[1]);
}

export function padTime(x: tf.Tensor3D, left: number, right: number): tf.Tensor3D {
  if (left === 0 && right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [left, right],
    [0, 0],
  ]);
}

/** The first steps. */
export function takeSteps(x: tf.Tensor3D, steps: number): tf.Tensor3D {
  return x.shape[1] === steps ? x : tf.slice(x, [0, 0, 0], [-1, steps, -1]);
}

/** Steps 0, n, 2n, …, by reshaping, since strided slices have no gradient in tfjs. */
export function everyNth(x: tf.Tensor3D, n: number, steps: number): tf.Tensor3D {
  if (n === 1) return takeSteps(x, steps);
  const [batch, time, channels] = x.shape;
  const whole = Math.max(1, steps) * n;
  const filled: tf.Tensor3D = time < whole ? padTime(x, 0, whole - time) : takeSteps(x, whole);
  const grouped = tf.reshape(filled, [batch, whole / n, n, channels]);
  const first = tf.slice(grouped, [0, 0, 0, 0], [-1, -1, 1, -1]);
  return takeSteps(tf.squeeze<tf.Tensor3D>(first, [2]), steps);
}
