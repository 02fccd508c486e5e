// Fixed filters that answer to rising values, falling values and peaks (Ismail-Fawaz et al. 2022, "Deep Learning For Time
// Series Classification Using New Hand-Crafted Convolution Filters"), as LITE has them beside its trained ones.
import tf from '#tfjs';
import { conv1d, maskSteps } from '../engine/kernels/index.js';
import { UserError } from '../shared/errors.js';
import { leftPadding, type ConvolutionGeometry } from './convolutionLength.js';
import { lengthsFromMask, maskFromLengths } from './mask.js';
import { channelsOf, MaskedLayer, type Inputs, type Kwargs, type MaskedLayerArgs } from './maskedLayer.js';

export interface HandCraftedFilters1dArgs extends MaskedLayerArgs {
  /** Sizes of the filters, each 2 or a multiple of 4. Default: 2, 4, 8, 16, 32, 64. */
  sizes?: number[];
  /** Whether each channel has outputs of its own, as in LITEMV, or all channels are added up. Default: false. */
  depthwise?: boolean;
}

export class HandCraftedFilters1d extends MaskedLayer {
  static readonly className = 'HandCraftedFilters1d';
  private readonly sizes: number[];
  private readonly depthwise: boolean;
  private readonly filters: number[][];

  constructor(args: HandCraftedFilters1dArgs = {}) {
    const { sizes = [2, 4, 8, 16, 32, 64], depthwise = false, ...layerArgs } = args;
    super(layerArgs);
    if (sizes.length === 0 || sizes.some((size) => !isFilterSize(size))) {
      throw new UserError(
        `Layer "${this.name}": sizes are [${sizes.join(', ')}]; expected at least one, each 2 or a multiple of 4.`,
      );
    }
    this.sizes = sizes;
    this.depthwise = depthwise;
    this.filters = handCraftedFilters(sizes);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, time] = inputShape as tf.Shape;
    const groups = this.depthwise ? channelsOf(inputShape, this.name) : 1;
    return [batch, time, groups * this.filters.length];
  }

  override call(inputs: Inputs, kwargs: Kwargs): tf.Tensor {
    return tf.tidy(() => {
      const { x, mask } = this.read(inputs, kwargs);
      const [batch, time, channels] = x.shape;
      if (!this.depthwise) return this.filter(x, mask, 1);
      // The values of a channel stand in every channels-th place, so the convolution is a dilated one of one channel. Many
      // times faster than a depthwise convolution of many filters a channel.
      const steps = time * channels;
      const flat: tf.Tensor3D = tf.reshape(maskSteps(x, mask), [batch, steps, 1]);
      const lengths = mask === null ? null : tf.mul(lengthsFromMask(mask), tf.scalar(channels, 'int32'));
      const flatMask = lengths === null ? null : maskFromLengths(lengths as tf.Tensor1D, steps);
      return tf.reshape(this.filter(flat, flatMask, channels), [batch, time, channels * this.filters.length]);
    });
  }

  /** All filters, added up over the channels: `[batch, time, channels]` → `[batch, time, filters]`. */
  private filter(x: tf.Tensor3D, mask: tf.Tensor2D | null, dilation: number): tf.Tensor3D {
    const [, steps, channels] = x.shape;
    const kernelSize = Math.max(...this.filters.map((filter) => filter.length));
    const bank = tf.tensor3d(filterBank(this.filters, kernelSize), [kernelSize, 1, this.filters.length]);
    const left = leftPadding(sameSteps(kernelSize)) * dilation;
    const masks = mask === null ? null : { input: mask, output: mask };
    const window = { left, steps, stride: 1, dilation };
    return tf.relu(conv1d(x, tf.tile(bank, [1, channels, 1]), { window, masks }));
  }

  /** Multiply-accumulates for one recording of `time` steps. */
  multiplyAccumulates(inputShape: tf.Shape, time: number): number {
    const taps = this.filters.reduce((sum, filter) => sum + filter.length, 0);
    return taps * channelsOf(inputShape, this.name) * time;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), sizes: this.sizes, depthwise: this.depthwise };
  }
}
tf.serialization.registerClass(HandCraftedFilters1d);

/**
 * `relu(x ∗ f)` for each fixed filter f, with padding `same`. Of every size k there is a rising filter, `-1, 1, -1, 1, …`, and
 * a falling one, its negative; of every size from 4 on a peak of 3·k/2 steps: with the bump `b`, which rises as
 * `(i / (k/4))²` for i = 1 … k/4 and falls likewise, it is `-b, 2·b, -b`. They are constants: the layer has no weights.
 *
 * Input: `[batch, time, channels]`. Output: `[batch, time, filters]`, rising filters first, then falling ones, then peaks; with
 * `depthwise` `[batch, time, channels · filters]`, the outputs of a channel side by side.
 *
 * @throws UserError when a size is neither 2 nor a multiple of 4
 */
export function handCraftedFilters1d(args: HandCraftedFilters1dArgs = {}): HandCraftedFilters1d {
  return new HandCraftedFilters1d(args);
}

/** Whether there are filters of that size: the bump of a peak consists of two halves of a quarter. */
export function isFilterSize(size: number): boolean {
  return size === 2 || (Number.isInteger(size) && size > 0 && size % 4 === 0);
}

function handCraftedFilters(sizes: readonly number[]): number[][] {
  const rising = sizes.map((size) => Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1 : 1)));
  const falling = rising.map((filter) => filter.map((value) => -value));
  return [...rising, ...falling, ...sizes.filter((size) => size >= 4).map(peak)];
}

function peak(size: number): number[] {
  const quarter = size / 4;
  const rise = Array.from({ length: quarter }, (_, i) => ((i + 1) / quarter) ** 2);
  const bump = [...rise, ...rise.toReversed()];
  return [-1, 2, -1].flatMap((height) => bump.map((value) => height * value));
}

/** The filters as one kernel of the longest one's size, `[kernelSize, filters]`: each where its own padding `same` puts it. */
function filterBank(filters: readonly number[][], kernelSize: number): number[] {
  const left = leftPadding(sameSteps(kernelSize));
  const columns = filters.map((filter) => ({ filter, first: left - leftPadding(sameSteps(filter.length)) }));
  return Array.from({ length: kernelSize }, (_, k) =>
    columns.map(({ filter, first }) => (k < first || k >= first + filter.length ? 0 : filter[k - first])),
  ).flat();
}

function sameSteps(kernelSize: number): ConvolutionGeometry {
  return { kernelSize, padding: 'same', stride: 1, dilation: 1 };
}
