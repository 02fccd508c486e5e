// 1D convolution with explicit padding, stride, dilation and groups, differentiable in all of them: by one operation
// of TensorFlow where it computes, in plain tfjs operations elsewhere.
import * as tf from '@tensorflow/tfjs';
import { composedConvolution } from './composedConvolution.js';
import { hasNative, runNative } from './native.js';
import { padForWindow, takeSteps, windowExtent, type ConvolutionWindow } from './convolutionWindow.js';
import { currentPrecision } from './precision.js';

/**
 * Cross-correlation over time, without bias, in the current precision (depthwise: always float32, which is faster).
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
  if (groups === 1) return convolve(x, kernel, window, false);
  if (kernel.shape[1] === 1) return convolve(x, kernel, window, true);
  const kernels = tf.split<tf.Tensor3D>(kernel, groups, 2);
  const parts = tf.split<tf.Tensor3D>(x, groups, 2);
  return tf.concat(
    parts.map((part, g) => convolve(part, kernels[g], window, false)),
    2,
  );
}

function convolve(
  x: tf.Tensor3D,
  kernel: tf.Tensor3D,
  window: ConvolutionWindow,
  depthwise: boolean,
): tf.Tensor3D {
  const { stride, dilation } = window;
  const name = depthwise ? 'MasqDepthwiseConv1d' : dilation === 1 ? 'MasqConv1d' : 'MasqDilatedConv1d';
  if (!hasNative(name) || (depthwise && dilation > 1)) {
    return composedConvolution(x, kernel, window, depthwise, convolve);
  }
  const same = isSame(x, kernel, window);
  const output = runNative(
    name,
    { x: same ? x : padForWindow(x, kernel.shape[0], window), kernel },
    {
      stride,
      dilation,
      padding: same ? 'SAME' : 'VALID',
      precision: depthwise ? 'float32' : currentPrecision(),
    },
  );
  return takeSteps(output?.[0] as tf.Tensor3D, window.steps);
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
