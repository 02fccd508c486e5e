// Output lengths and paddings of 1D convolutions. They depend on a row's own length and never on the batch's, so
// that padding a batch further changes no row. (TensorFlow's SAME pads strided convolutions by the length.)
import type { ConvolutionWindow } from '../engine/kernels/index.js';

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
